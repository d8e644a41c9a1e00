"""An accepted invite takes a free seat or ends Blocked. No seat is bought for it, also with Auto-Add ON.

Auto-Add serves people who join by themselves. A free seat goes first to the members who stand in line for its type.
While the agency's account is not open yet, the invited member waits like everybody else.
"""

from __future__ import annotations

from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.first_login import Admit, Block, Wait, free_seat
from services.seats.domain.ledger import Ledger


def accept_invite(ledger: Ledger, seat_type: SeatType) -> Admit | Wait | Block:
    """Decide whether the invited member gets a seat now, waits for the account, or is Blocked."""
    if (decision := free_seat(ledger, seat_type)) is not None:
        return decision
    if ledger.frozen is not None:
        return Block(BlockedReason.SEATS_REDUCED_ELSEWHERE)
    return Block(BlockedReason.NO_SEAT_AVAILABLE)
