"""A change that waits for the payment of its invoice, in words: for pages, for the activity log, and why it ended."""

from __future__ import annotations

from contracts.amounts import money
from contracts.billing_payments import PaymentAwaited, PaymentLapsed
from contracts.moments import time_and_day
from contracts.payment_vocabulary import Lapse
from contracts.rejection_base import FiguresJson
from contracts.vocabulary import RejectionCode
from contracts.wording import cycle_change, lapse_reason, seat_change
from services.gateway.texts import payments

WAITS = "A change waits for its payment"
UNDER_WAY = "A payment is not there yet"
_TAKES_DAYS = "which can take a few days"
PAY_FIRST = "Pay its invoice first"
UNTIL_THEN = "Until then no other change can be saved."
_UNDONE = "Nothing else has changed, and nothing is owed for it. Save it again if you still want it."
_UNDONE_LATER = "It is undone there as soon as Stripe answers. Do not pay its invoice."
NOTHING_WAITS = "No change waits for a payment: it was paid, or undone. Nothing was canceled."
CANCEL = "Cancel the change"
CANCELED = "The change is canceled. Nothing was charged for it, and everything is as before."
NOT_PAID = f"The change is undone, because its invoice was not paid. {_UNDONE}"


def title(event: PaymentAwaited) -> str:
    """What the change waits for."""
    return "Confirm the payment" if event.confirm else WAITS


def sentence(event: PaymentAwaited) -> str:
    """The change, what it waits for, and until when."""
    change, amount = _change(event), money(event.amount, event.currency)
    change = f"{change[0].upper()}{change[1:]}"
    if event.confirm:
        limit = "" if event.until is None else f" Without it the change is given up at {time_and_day(event.until)}."
        return (
            f"{change}: the bank wants the card's owner to confirm the payment of {amount}. {_takes_effect(event)} as"
            f" soon as it is confirmed.{limit}"
        )
    if event.processing:
        return f"{change}: the bank is paying {_invoice(event)} of {amount}, {_TAKES_DAYS}. {_once_paid(event)}"
    due = "" if event.until is None else f" It is due at {time_and_day(event.until)}."
    return (
        f"{change}: your subscription is on account, so Stripe has made {_invoice(event)} of {amount}."
        f" {_once_paid(event)}{due}"
    )


def button(event: PaymentAwaited) -> str:
    """The label of the link to Stripe's page of the invoice."""
    return "Confirm at Stripe" if event.confirm else "Open the invoice"


def logged(event: PaymentAwaited, name: str) -> str:
    """The line of the activity log when the change begins to wait."""
    amount = money(event.amount, event.currency)
    did = f"switched from {_change(event)}" if event.cycle else f"changed the seats: {_change(event)}"
    return f"{name} {did} · waits for the payment of {amount}, because {_why(event)}"


def lapsed(event: PaymentLapsed, name: str) -> str:
    """The line of the activity log when the change is undone; `name` is the admin who canceled it, if one did."""
    amount = money(event.amount, event.currency)
    what = f"switch from {_change(event)}" if event.cycle else f"change {_change(event)}"
    if event.reason is Lapse.CANCELED:
        return f"{name} canceled the {what} · nothing of {amount} is owed"
    if event.reason is Lapse.UNANSWERED:
        return f"The {what} was given up: {lapse_reason(event.reason)} · it is undone there as soon as Stripe answers"
    return f"The {what} was undone: {lapse_reason(event.reason)} · nothing of {amount} is owed"


def being_paid(figures: FiguresJson) -> str | None:
    """What the bank is paying, and what is possible meanwhile. None where a change waits for its own payment."""
    amount, currency = figures.get("amount"), figures.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        return None
    return (
        f"The bank is still paying an invoice of {money(amount, currency)}, {_TAKES_DAYS}. Until it is paid, seats can"
        " be added, but none can be taken away, and the billing cycle cannot be switched. Nothing has changed."
    )


def rejected(figures: FiguresJson) -> str | None:
    """Why the change is undone, for its own problem. None when the reason is not known."""
    lapse = figures.get("lapse")
    if lapse not in set(Lapse):
        return None
    why = lapse_reason(Lapse(str(lapse)))
    if lapse == Lapse.UNANSWERED:
        return f"The change is given up, because {why}. {_UNDONE_LATER}"
    return f"The change is undone, because {why}. {_UNDONE}"


def _change(event: PaymentAwaited | PaymentLapsed) -> str:
    if event.cycle_before is not None and event.cycle is not None:
        return cycle_change(event.cycle_before, event.cycle)
    return seat_change(event.before.quantities(), event.after.quantities())


def _why(event: PaymentAwaited) -> str:
    """Why the invoice is not paid yet, for the inside of a sentence."""
    if event.confirm:
        return payments.clause(RejectionCode.PAYMENT_ACTION_REQUIRED)
    return "a bank debit takes a few days" if event.processing else "the subscription is on account"


def _once_paid(event: PaymentAwaited) -> str:
    return f"{_takes_effect(event)} as soon as it is paid."


def _takes_effect(event: PaymentAwaited) -> str:
    return "The seats come" if event.cycle is None else "The switch takes effect"


def _invoice(event: PaymentAwaited) -> str:
    return "an invoice" if event.invoice_number is None else f"invoice {event.invoice_number}"
