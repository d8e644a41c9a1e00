"""A member in line waits for the seat type that an admin has corrected, unless a purchase for them is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.vocabulary import SeatType
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import FOUNDER, Waiter


@dataclass(frozen=True, slots=True)
class Retyped:
    """The member waits for the other type, at the same place in line."""

    ledger: Ledger
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The member does not wait, or the seat that is bought for them has the earlier type."""


def corrected_type(ledger: Ledger, line: Sequence[Waiter], member_id: UUID, seat_type: SeatType) -> Retyped | Unchanged:
    """Decide what a corrected seat type changes in the line."""
    promised = ledger.purchase.last if ledger.purchase is not None else FOUNDER - 1
    waiter = next((waiter for waiter in line if waiter.member_id == member_id), None)
    if waiter is None or waiter.seat_type is seat_type or waiter.position <= promised:
        return Unchanged()
    retyped = replace(waiter, seat_type=seat_type)
    waiting = ledger.waiting.plus(waiter.seat_type, -1).plus(seat_type)
    return Retyped(replace(ledger, waiting=waiting), retyped)
