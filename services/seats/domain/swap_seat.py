"""A seat is exchanged for one of the other type where that type has room; the counts of both move in one step.

What is purchased stays as it is, so Stripe is not asked. Room is what those who stand in line for the type leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import SeatType
from services.seats.domain.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Swapped:
    """The member holds a seat of the wanted type. `before` is the one they held, the same when nothing changed."""

    ledger: Ledger
    before: SeatType


@dataclass(frozen=True, slots=True)
class BaaUnsigned:
    """Not before the BAA is signed."""


@dataclass(frozen=True, slots=True)
class HoldsNone:
    """Only who holds a seat can exchange it."""


@dataclass(frozen=True, slots=True)
class Full:
    """The wanted type has no room."""

    purchased: int
    active: int
    waiting: int


def swap_seat(ledger: Ledger, held: SeatType | None, requested: SeatType) -> Swapped | BaaUnsigned | HoldsNone | Full:
    """Decide an exchange; `held` is the type of the seat that the member holds, if they hold one."""
    if not ledger.baa_signed:
        return BaaUnsigned()
    if held is None:
        return HoldsNone()
    if held is requested:
        return Swapped(ledger, held)
    if ledger.room(requested) <= ledger.waiting.of(requested):
        return Full(ledger.purchased.of(requested), ledger.active.of(requested), ledger.waiting.of(requested))
    return Swapped(replace(ledger, active=ledger.active.plus(held, -1).plus(requested)), held)
