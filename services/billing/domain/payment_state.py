"""Whether the agency has paid what it owes, by the subscription's status and by invoices whose payment failed.

Source: Stripe's documentation, "Subscription statuses". An invoice that was made by itself (as a settling one is) can
fail without the subscription's status saying so.
"""

from __future__ import annotations

from typing import Final

from contracts.vocabulary import PaymentState

_BY_STATUS: Final = {
    "past_due": PaymentState.PAST_DUE,
    "incomplete": PaymentState.PAST_DUE,
    "unpaid": PaymentState.UNPAID,
    "canceled": PaymentState.CANCELED,
    "incomplete_expired": PaymentState.CANCELED,
}


def payment_state(status: str, *, owes: bool) -> PaymentState:
    """From the subscription's status; `owes`: an invoice's payment failed, and it is not paid yet."""
    state = _BY_STATUS.get(status, PaymentState.OK)
    return PaymentState.PAST_DUE if owes and state is PaymentState.OK else state
