"""Why a clinician is Blocked, in words that an admin can act on: no free seat, the card, or seats lowered at Stripe."""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from contracts.vocabulary import BlockedReason, SeatType


def plain_blocked_reason(reason: BlockedReason, seat_type: SeatType) -> str:
    """A few words that stand after the person's name."""
    match reason:
        case BlockedReason.NO_SEAT_AVAILABLE:
            return f"no free {seat_type.label} seat"
        case BlockedReason.PAYMENT_DECLINED:
            return "Auto-Add is paused: the card was declined"
        case BlockedReason.PAST_DUE:
            return "Auto-Add is paused: an invoice is unpaid"
        case BlockedReason.BILLING_UNAVAILABLE:
            return "no seat could be bought at Stripe"
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            return f"{seat_type.label} seats were lowered at Stripe, below those in use"
        case _:
            assert_never(reason)


def all_need_the_card(reasons: Collection[BlockedReason]) -> bool:
    """Whether a working card helps every one of them: then the mail leads to the card, and not to buying seats."""
    return all(reason in {BlockedReason.PAYMENT_DECLINED, BlockedReason.PAST_DUE} for reason in reasons)
