"""Why a clinician is Blocked, in words that an admin can act on: no free seat, the card, or the state at Stripe."""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from contracts.vocabulary import BlockedDetail, BlockedReason, SeatShortage, SeatType, StripeFault
from contracts.wording import no_seat, not_bought


def plain_blocked_reason(  # noqa: PLR0911  one phrase for each reason
    reason: BlockedReason, seat_type: SeatType, detail: BlockedDetail | None = None
) -> str:
    """A few words that stand after the person's name. `detail` is more about the reason."""
    match reason:
        case BlockedReason.NO_SEAT_AVAILABLE:
            return f"no free {seat_type.label} seat"
        case BlockedReason.PAYMENT_DECLINED:
            return "Auto-Add is paused: the card was declined"
        case BlockedReason.PAYMENT_ACTION_REQUIRED:
            return "Auto-Add is paused: the bank wants the payment confirmed"
        case BlockedReason.PAST_DUE:
            return "Auto-Add is paused: an invoice is unpaid"
        case BlockedReason.BILLING_UNAVAILABLE:
            return not_bought(detail if isinstance(detail, StripeFault) else None)
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            return no_seat(detail if isinstance(detail, SeatShortage) else SeatShortage.LOWERED, seat_type)
        case BlockedReason.AUTO_ADD_LIMIT:
            return f"no free {seat_type.label} seat, and Auto-Add is at its limit"
        case BlockedReason.AWAITING_APPROVAL:
            return f"awaits your approval: you approve each {seat_type.label} seat"
        case BlockedReason.REQUEST_DECLINED:
            return "the request was declined"
        case _:
            assert_never(reason)


def all_need_the_card(reasons: Collection[BlockedReason]) -> bool:
    """Whether a working card helps every one of them: then the mail leads to the card, and not to buying seats."""
    of_the_card = {BlockedReason.PAYMENT_DECLINED, BlockedReason.PAYMENT_ACTION_REQUIRED, BlockedReason.PAST_DUE}
    return all(reason in of_the_card for reason in reasons)
