"""How a reduction at the renewal is written for people, in mails and on pages alike. Pure; standard library only."""

from __future__ import annotations

from contracts.vocabulary import Quantities, RejectionCode, SeatType
from contracts.wording import counted


def reduced_to(base: int | None, voice: int | None) -> str:
    """Base to 3 seats and Voice to 7 seats. A type that is not reduced is left out."""
    counts = ((SeatType.BASE, base), (SeatType.VOICE, voice))
    return " and ".join(f"{kind.label} to {counted(count, 'seat')}" for kind, count in counts if count is not None)


def is_short(after: Quantities, base: int | None, voice: int | None) -> bool:
    """Whether more seats are left than scheduled."""
    return any(target is not None and left > target for left, target in ((after.base, base), (after.voice, voice)))


def why_missed(code: RejectionCode | None) -> str:
    """Why a reduction was not made in time, for the inside of a sentence."""
    match code:
        case RejectionCode.PAST_DUE:
            return "an invoice was unpaid"
        case RejectionCode.PAYMENT_PENDING:
            return "another payment was still under way"
        case RejectionCode.BILLING_UNAVAILABLE:
            return "Stripe did not accept the change"
        case _:
            return "the renewal came before it could be made"
