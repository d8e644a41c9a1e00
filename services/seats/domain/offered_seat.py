"""A seat that the moving line offers goes to the Blocked member if it is still free. No seat is bought for it.

Where admins approve each person, the line gives no seat: an admin decides, as about everybody else. A free seat goes
first to the members who stand in line for a purchase.
"""

from __future__ import annotations

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.accept_invite import accept_invite
from services.seats.domain.first_login import Admit, Block, Wait
from services.seats.domain.ledger import Ledger
from services.seats.domain.seat_policy import policy_of


def offered_seat(ledger: Ledger, seat_type: SeatType) -> Admit | Block:
    """Decide whether the Blocked member gets the seat now, or stays Blocked."""
    if policy_of(ledger, seat_type) is SeatPolicy.APPROVE_EACH:
        return Block(BlockedReason.AWAITING_APPROVAL)
    decision = accept_invite(ledger, seat_type)
    return Block(BlockedReason.NO_SEAT_AVAILABLE) if isinstance(decision, Wait) else decision
