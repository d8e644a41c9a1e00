"""A member who is denied a seat learns in which state the agency is at Stripe, or why Stripe accepts no purchase.

Three states differ: seats of the member's own type were lowered below Active, only those of the other type
were, or the subscription is gone.
"""

from __future__ import annotations

from contracts.vocabulary import BlockedDetail, BlockedReason, SeatShortage, SeatType
from services.seats.domain.ledger import Ledger


def blocked_detail(ledger: Ledger, seat_type: SeatType, reason: BlockedReason) -> BlockedDetail | None:
    """The detail of this reason for a member who needs a seat of this type; None where there is none."""
    if reason is BlockedReason.BILLING_UNAVAILABLE:
        return ledger.fault
    if reason is not BlockedReason.SEATS_REDUCED_ELSEWHERE:
        return None
    if ledger.gone is not None:
        return SeatShortage.NO_SUBSCRIPTION
    lowered = ledger.active.of(seat_type) > ledger.purchased.of(seat_type)
    return SeatShortage.LOWERED if lowered else SeatShortage.OTHER_TYPE_LOWERED
