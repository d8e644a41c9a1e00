"""A member's seat is exchanged for one of the other type if that type has a free seat; both counts move in one step.

The purchased counts stay as they are, so nothing happens at Stripe. A seat is free if the line for its type leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.vocabulary import SeatType
from services.seats.domain.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Swapped:
    """The member holds a seat of the requested type. `before` equals it if nothing changed."""

    ledger: Ledger
    before: SeatType


@dataclass(frozen=True, slots=True)
class BaaUnsigned:
    """Swaps are locked until the BAA is signed."""


@dataclass(frozen=True, slots=True)
class HoldsNone:
    """The member holds no seat to exchange."""


@dataclass(frozen=True, slots=True)
class Full:
    """No seat of the requested type is free."""

    purchased: int
    active: int
    waiting: int


def swap_seat(ledger: Ledger, held: SeatType | None, requested: SeatType) -> Swapped | BaaUnsigned | HoldsNone | Full:
    """Decide an exchange. `held` is the type of the member's seat, None without a seat."""
    if not ledger.baa_signed:
        return BaaUnsigned()
    if held is None:
        return HoldsNone()
    if held is requested:
        return Swapped(ledger, held)
    if ledger.room(requested) <= ledger.waiting.of(requested):
        return Full(ledger.purchased.of(requested), ledger.active.of(requested), ledger.waiting.of(requested))
    return Swapped(replace(ledger, active=ledger.active.plus(held, -1).plus(requested)), held)
