"""An agency's payment state, from the subscription's status and from invoices whose payment failed.

Source: Stripe's documentation, "Subscription statuses". The payment of a separate invoice (a settling one) can fail
without a change of the subscription's status.
"""

from __future__ import annotations

from typing import Final

from contracts.payment_vocabulary import PaymentState

_BY_STATUS: Final = {
    "past_due": PaymentState.PAST_DUE,
    "incomplete": PaymentState.PAST_DUE,
    "unpaid": PaymentState.UNPAID,
    "canceled": PaymentState.CANCELED,
    "incomplete_expired": PaymentState.CANCELED,
}


def payment_state(status: str, *, owes: bool) -> PaymentState:
    """The payment state; `owes` is True while an invoice whose payment failed is not paid."""
    state = _BY_STATUS.get(status, PaymentState.OK)
    return PaymentState.PAST_DUE if owes and state is PaymentState.OK else state
