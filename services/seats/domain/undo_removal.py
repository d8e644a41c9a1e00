"""A removed member whose removal is undone takes a free seat, or stays removed. No seat is bought for it.

A free seat goes first to the members who stand in line for its type, and nobody stands in line for this.
"""

from __future__ import annotations

from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.accept_invite import accept_invite
from services.seats.domain.first_login import Admit, Block, Wait
from services.seats.domain.ledger import Ledger


def undo_removal(ledger: Ledger, seat_type: SeatType) -> Admit | Block:
    """Decide whether the removed member gets a seat now."""
    decision = accept_invite(ledger, seat_type)
    return Block(BlockedReason.NO_SEAT_AVAILABLE) if isinstance(decision, Wait) else decision
