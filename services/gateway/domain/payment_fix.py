"""The one next step after a payment that failed.

What the bank wants confirmed is confirmed at the bank. A card that may pay later is tried again. Any other card, and
one that has expired, is replaced.
"""

from __future__ import annotations

from enum import StrEnum

from contracts.vocabulary import RejectionCode
from services.gateway.domain.card_expiry import Expiry

_CONFIRM = frozenset({"authentication_required", "authentication_not_handled"})
_MAY_PAY_LATER = frozenset(
    {
        "insufficient_funds",
        "card_velocity_exceeded",
        "withdrawal_count_limit_exceeded",
        "processing_error",
        "issuer_not_available",
        "try_again_later",
        "reenter_transaction",
    }
)
"""Decline codes after which the same card may be charged. Source: Stripe's documentation, "Decline codes"."""


class NextStep(StrEnum):
    """What an admin does next."""

    UPDATE_CARD = "update_card"
    TRY_AGAIN = "try_again"
    CONFIRM_PAYMENT = "confirm_payment"


def next_step(code: RejectionCode, decline_code: str | None, expiry: Expiry, *, can_confirm: bool) -> NextStep:
    """The next step. `can_confirm`: there is a page on which the payment can be confirmed with the bank."""
    if code is RejectionCode.PAYMENT_ACTION_REQUIRED or decline_code in _CONFIRM:
        return NextStep.CONFIRM_PAYMENT if can_confirm else NextStep.TRY_AGAIN
    if expiry is Expiry.EXPIRED:
        return NextStep.UPDATE_CARD
    if code is RejectionCode.PAYMENT_DISPUTED or decline_code in _MAY_PAY_LATER:
        return NextStep.TRY_AGAIN
    if code is RejectionCode.PAST_DUE and decline_code is None:
        return NextStep.TRY_AGAIN
    return NextStep.UPDATE_CARD
