"""Accepting an invite asks for a seat and buys none, whatever Auto-Add says: room → a seat, full → Blocked.

Auto-Add serves those who join by themselves. A free seat goes to those who stand in line for its type first. While the
agency's account is not open yet, whoever accepts waits as everybody does.
"""

from __future__ import annotations

from typing import assert_never

from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.first_login import Admit, Block, Wait
from services.seats.domain.ledger import Account, Ledger


def accept_invite(ledger: Ledger, seat_type: SeatType) -> Admit | Wait | Block:
    """Decide an accepted invite."""
    match ledger.account:
        case Account.AWAITED:
            return Wait()
        case Account.REJECTED:
            return Block(BlockedReason.PAYMENT_DECLINED)
        case Account.OPEN:
            pass
        case _:
            assert_never(ledger.account)
    if ledger.room(seat_type) > ledger.waiting.of(seat_type):
        return Admit(ledger.with_active(seat_type))
    if ledger.frozen is not None:
        return Block(BlockedReason.SEATS_REDUCED_ELSEWHERE)
    return Block(BlockedReason.NO_SEAT_AVAILABLE)
