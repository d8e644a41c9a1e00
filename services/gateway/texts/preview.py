"""The live preview of a change, in the help page's words.

"Change: +2 Voice seats, -1 Base seat. New plan total: $189.97/mo (+$70.00/mo). Stripe will bill the prorated difference
for the rest of this cycle." Credits, a year's price and what that is a month, and a removal that costs money because a
volume price is lost have sentences of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from contracts.amounts import money, money_per_cycle
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from contracts.wording import counted, cycle_change, seat_change
from services.gateway.texts import awaited_payments, billing

MONTHS = 12
SMALLEST_CHARGE = 50
"""Cents below which Stripe charges no card but carries the amount on. Source: Stripe, "Minimum charge amounts"."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a seat of this type a cycle, in cents, and the count from which on it costs less."""

    seat_type: SeatType
    unit: int
    next_from: int | None
    next_unit: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The effect of a change, in cents. `pending` comes along from earlier changes, and is part of today's amounts.

    `other_total` is the part of the total for items of the subscription that are not seats. `saves_tenth`: the
    prices of a switch are ten percent apart. `ends_at`: the scheduled end of the subscription.
    """

    before: Quantities
    after: Quantities
    cycle_before: BillingCycle
    cycle: BillingCycle
    total_before: int
    total: int
    due_now: int
    credit: int
    from_balance: int
    pending: int = 0
    may_differ: int = 0
    prices: tuple[Price, ...] = ()
    other_total: int = 0
    on_account: bool = False
    currency: str = "usd"
    saves_tenth: bool = False
    ends_at: datetime | None = None

    @property
    def switches(self) -> bool:
        """Whether the cycle changes, and not the seats."""
        return self.cycle is not self.cycle_before

    @property
    def invoice_total(self) -> int:
        """The signed total of today's invoice."""
        return self.due_now + self.from_balance - self.credit


def change(preview: Preview) -> str:
    """+2 Voice seats, -1 Base seat; of a switch: monthly to annual billing."""
    if preview.switches:
        return cycle_change(preview.cycle_before, preview.cycle)
    return seat_change(preview.before, preview.after)


def delta(preview: Preview) -> int:
    """By how much the plan's price changes, cents a cycle; of a switch: a cycle of the new kind."""
    if not preview.switches:
        return preview.total - preview.total_before
    match preview.cycle:
        case BillingCycle.ANNUAL:
            return preview.total - MONTHS * preview.total_before
        case BillingCycle.MONTHLY:
            return preview.total - _a_month(preview.total_before)
        case never:
            assert_never(never)


def today(due_now: int, credit: int, from_balance: int, currency: str = "usd", *, on_account: bool = False) -> str:
    """The amount of today, for the button of the change: "$31.20 today". Cents. `on_account`: no card is charged."""
    if due_now and on_account:
        return f"{money(due_now, currency)} by invoice"
    if due_now:
        return f"{money(due_now, currency)} today"
    if credit:
        return f"{money(credit, currency)} credited"
    return f"{money(from_balance, currency)} from your balance" if from_balance > 0 else "nothing to pay today"


def sentence(preview: Preview) -> str:
    """All of it, as one short paragraph."""
    parts = [f"Change: {change(preview)}.", _new_total(preview), *_lost_volume_prices(preview)]
    parts.append(_of_the_switch(preview) if preview.switches else _of_the_seats(preview))
    return " ".join([*parts, *_besides(preview)])


def _new_total(preview: Preview) -> str:
    by = delta(preview)
    changed = f"{'+' if by > 0 else ''}{money_per_cycle(by, preview.cycle, preview.currency)}" if by else "unchanged"
    text = f"New plan total: {money_per_cycle(preview.total, preview.cycle, preview.currency)} ({changed})"
    if preview.cycle is BillingCycle.ANNUAL:
        exactly = preview.total % MONTHS == 0
        text += f", which is {'' if exactly else 'about '}{money(_a_month(preview.total), preview.currency)} a month"
    if preview.other_total:
        others = money_per_cycle(preview.other_total, preview.cycle, preview.currency)
        text += f". It includes {others} for other items on this subscription"
    return f"{text}."


def _a_month(cents_a_year: int) -> int:
    """A twelfth, to the nearest cent, halves up."""
    return (cents_a_year + MONTHS // 2) // MONTHS


def _lost_volume_prices(preview: Preview) -> list[str]:
    if preview.switches:
        return []
    return [words for price in preview.prices if (words := _lost(preview, price)) is not None]


def _lost(preview: Preview, price: Price) -> str | None:
    """That fewer seats of a type cost more than those before, since each one costs more below a tier; else None."""
    before, after = preview.before.of(price.seat_type), preview.after.of(price.seat_type)
    if price.next_from is None or price.next_unit is None or before < price.next_from:
        return None
    if after * price.unit <= before * price.next_unit:
        return None
    each = money_per_cycle(price.unit, preview.cycle, preview.currency)
    then = money_per_cycle(price.next_unit, preview.cycle, preview.currency)
    return (
        f"Below {counted(price.next_from, f'{price.seat_type.label} seat')} each one costs"
        f" {each} instead of {then},"
        " so having fewer costs more."
    )


def _of_the_seats(preview: Preview) -> str:
    if preview.invoice_total > 0:
        return "Stripe will bill the prorated difference for the rest of this cycle."
    if preview.invoice_total < 0:
        return (
            "Stripe will credit the prorated difference for the rest of this cycle to your account;"
            " your next invoice uses it."
        )
    return "Nothing is billed or credited today."


def _of_the_switch(preview: Preview) -> str:
    match preview.cycle:
        case BillingCycle.ANNUAL:
            gain, what, unused = "Each seat costs 10% less. ", "annual amount", "monthly"
        case BillingCycle.MONTHLY:
            gain, what, unused = "The 10% off each seat ends. ", "first month", "annual"
        case never:
            assert_never(never)
    if not preview.saves_tenth:
        gain = ""
    if preview.invoice_total < 0:
        return (
            f"{gain}Stripe will credit your unused {unused} time, less the {what}, to your account;"
            " later invoices use it."
        )
    return f"{gain}Stripe will bill the {what} today, less your unused {unused} time."


def _besides(preview: Preview) -> list[str]:
    """The other parts of today's amount, the balance that pays some of it, and how the rest is paid."""
    sentences = []
    if preview.ends_at is not None:
        sentences.append(f"{billing.ending(preview.ends_at)} No seat is paid for after that.")
    if preview.on_account and preview.due_now:
        sentences.append(_on_account(preview))
    if preview.pending > 0:
        sentences.append(
            f"That includes {money(preview.pending, preview.currency)} for seats added earlier that had no invoice yet."
        )
    elif preview.pending < 0:
        sentences.append(f"That includes a credit of {money(-preview.pending, preview.currency)} from earlier.")
    if 0 < preview.invoice_total < SMALLEST_CHARGE and preview.due_now == 0:
        sentences.append(
            f"{money(preview.invoice_total, preview.currency)} is too little for the card: it goes to your balance."
        )
    elif preview.from_balance > 0:
        sentences.append(f"Your balance pays {money(preview.from_balance, preview.currency)} of it.")
    elif preview.from_balance < 0:
        sentences.append(f"The card also pays {money(-preview.from_balance, preview.currency)} that your account owes.")
    if preview.may_differ:
        most = money(preview.may_differ, preview.currency)
        sentences.append(f"It may differ by up to {most}: Stripe counts to the second of the switch.")
    return sentences


def _on_account(preview: Preview) -> str:
    """What happens to a change that no card pays: an invoice, and seats once it is paid."""
    first = "Your subscription is on account: Stripe charges no card, and bills it with an invoice."
    what = "The switch takes effect" if preview.switches else "The seats come"
    return f"{first} {what} when the invoice is paid. {awaited_payments.UNTIL_THEN}"
