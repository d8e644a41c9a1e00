"""The result of a change that an admin has saved, in words: what the agency has now, and what it cost."""

from __future__ import annotations

from contracts.amounts import money, money_per_cycle
from contracts.vocabulary import BillingCycle, Quantities
from services.gateway.texts.money import set_already
from services.gateway.texts.seats import each_counted


def seats_now(after: Quantities) -> str:
    """The seats that an agency has after a change."""
    return f"You have {each_counted(after)} now."


def cycle_now(cycle: BillingCycle) -> str:
    """How often an agency pays after a switch."""
    return f"You pay {'once a year' if cycle is BillingCycle.ANNUAL else 'each month'} now."


def cost_today(
    new_total: int,
    cycle: BillingCycle,
    charged: int,
    invoice_total: int | None,
    currency: str,
    on_next_invoice: int | None = None,
) -> str:
    """The result of a change: the new total, and the amount charged or credited today, or on the next invoice."""
    total = f"New plan total: {money_per_cycle(new_total, cycle, currency)}."
    if charged:
        return f"{total} {money(charged, currency)} was charged today."
    if invoice_total is not None and invoice_total < 0:
        return f"{total} {money(-invoice_total, currency)} was credited to your account."
    if on_next_invoice is not None:
        nothing = set_already(on_next_invoice, currency)
        return f"{total} {nothing[0].upper()}{nothing[1:]}."
    return f"{total} Nothing was charged today."
