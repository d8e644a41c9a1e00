"""The capacity check of a first login.

Capacity available: a seat. Full and Auto-Add OFF: Blocked, nothing is bought. Full and Auto-Add ON: wait in line for
the purchase of a seat. While the agency's account is not open yet, wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.ledger import Account, Ledger


@dataclass(frozen=True, slots=True)
class Admit:
    """There is a seat. `ledger` counts it as held."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Wait:
    """To the end of the line."""


@dataclass(frozen=True, slots=True)
class Block:
    """There is none, and none will be bought."""

    reason: BlockedReason


def first_login(ledger: Ledger, seat_type: SeatType) -> Admit | Wait | Block:
    """Decide a first login. A free seat goes to those who stand in line for its type before it goes to a newcomer."""
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
