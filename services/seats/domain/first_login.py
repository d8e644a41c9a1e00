"""A first login takes a free seat, waits for the purchase of a seat (Auto-Add ON), or ends Blocked (Auto-Add OFF).

While the agency's account is not open yet, the member waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.ledger import Account, Ledger


@dataclass(frozen=True, slots=True)
class Admit:
    """The member gets a free seat. `ledger` counts it as held."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Wait:
    """The member joins the end of the line."""


@dataclass(frozen=True, slots=True)
class Block:
    """No seat is free, and none will be bought for the member."""

    reason: BlockedReason


def first_login(ledger: Ledger, seat_type: SeatType) -> Admit | Wait | Block:
    """Decide a first login. A free seat goes to the members in line for its type before it goes to a newcomer."""
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
    reason = why_not_wait(ledger)
    return Wait() if reason is None else Block(reason)
