"""An accepted invite takes a free seat or ends Blocked. No seat is bought for it, also with Auto-Add ON.

Auto-Add serves people who join by themselves. A free seat goes first to the members who stand in line for its type.
While the agency's account is not open yet, the invited member waits like everybody else.
"""

from __future__ import annotations

from typing import assert_never

from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.first_login import Admit, Block, Wait
from services.seats.domain.ledger import Account, Ledger


def accept_invite(ledger: Ledger, seat_type: SeatType) -> Admit | Wait | Block:
    """Decide whether the invited member gets a seat now, waits for the account, or is Blocked."""
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
