"""A first login takes a free seat, waits for the purchase of a seat (Auto-Add ON), or ends Blocked (Auto-Add OFF).

A seat type whose policy is to approve each gives no seat to a first login, also when one is free (`seat_policy.py`).
With Auto-Add ON, the member also ends Blocked when a limit of Auto-Add leaves no seat (`auto_add_limit.py`). While the
agency's account is not open yet, the member waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import BlockedReason, SeatType
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.auto_add_limit import most_waiting
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.seat_policy import policy_of


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
    """Decide a first login: a free seat, the line, or Blocked."""
    if policy_of(ledger, seat_type) is SeatPolicy.APPROVE_EACH:
        return Block(BlockedReason.AWAITING_APPROVAL)
    if (decision := free_seat(ledger, seat_type)) is not None:
        return decision
    if (reason := why_not_wait(ledger, seat_type)) is not None:
        return Block(reason)
    most = most_waiting(ledger, seat_type)
    if most is not None and ledger.waiting.of(seat_type) >= most:
        return Block(BlockedReason.AUTO_ADD_LIMIT)
    return Wait()


def free_seat(ledger: Ledger, seat_type: SeatType) -> Admit | Wait | Block | None:
    """Assign a free seat: to the members in line for its type before a newcomer. None if none is left.

    While the account is not open, the member waits; once it is rejected, there will be no seats.
    """
    match ledger.account:
        case Account.AWAITED:
            return Wait()
        case Account.REJECTED:
            return Block(BlockedReason.PAYMENT_DECLINED)
        case Account.OPEN:
            is_free = ledger.room(seat_type) > ledger.waiting.of(seat_type)
            return Admit(ledger.with_active(seat_type)) if is_free else None
        case _:
            assert_never(ledger.account)
