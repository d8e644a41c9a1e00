"""Removing somebody frees their seat, never the purchased count; who waits is taken out of the line.

A purchase under way goes on: what it buys for somebody removed stays purchased, and is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.vocabulary import SeatType
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import Waiter


@dataclass(frozen=True, slots=True)
class Freed:
    """A seat of this type is held no more."""

    ledger: Ledger
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class LeftTheLine:
    """A wait is over. `line` is who goes on waiting."""

    ledger: Ledger
    waiter: Waiter
    line: tuple[Waiter, ...]


@dataclass(frozen=True, slots=True)
class NothingToRelease:
    """They neither held a seat nor waited for one."""


def release(
    ledger: Ledger, line: Sequence[Waiter], member_id: UUID, held: SeatType | None
) -> Freed | LeftTheLine | NothingToRelease:
    """Decide what a removal frees; `held` is the type of the seat that the member holds, if they hold one."""
    if held is not None:
        return Freed(replace(ledger, active=ledger.active.plus(held, -1)), held)
    for waiter in line:
        if waiter.member_id == member_id:
            waiting = ledger.waiting.plus(waiter.seat_type, -1)
            left = tuple(one for one in line if one.member_id != member_id)
            return LeftTheLine(replace(ledger, waiting=waiting), waiter, left)
    return NothingToRelease()
