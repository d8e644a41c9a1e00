"""Removing a member frees their seat or ends their wait, and leaves the purchased count as it is.

A purchase under way continues. A seat that it buys for a removed member stays purchased, and is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.vocabulary import SeatType
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import Waiter, without


@dataclass(frozen=True, slots=True)
class Freed:
    """A seat of this type is free again."""

    ledger: Ledger
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class LeftTheLine:
    """The member's wait is over."""

    ledger: Ledger
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class NothingToRelease:
    """The member neither held a seat nor waited for one."""


def release(
    ledger: Ledger, line: Sequence[Waiter], member_id: UUID, held: SeatType | None, *, whole: bool = True
) -> Freed | LeftTheLine | NothingToRelease:
    """Decide what a removal frees. `held` is the type of the member's seat, None without a seat.

    `line` has the member, if they wait, and the head of the line, unless it is the `whole` line.
    """
    if held is not None:
        return Freed(replace(ledger, active=ledger.active.plus(held, -1)), held)
    for waiter in line:
        if waiter.member_id == member_id:
            left = tuple(other for other in line if other.member_id != member_id)
            return LeftTheLine(without(ledger, [waiter], left, whole=whole), waiter)
    return NothingToRelease()
