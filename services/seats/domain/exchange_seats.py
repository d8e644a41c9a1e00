"""Active members exchange seat types in one step, also while both types are full. All of them move, or nobody does.

Only what each type gains counts: in a pair neither gains, so that no free seat is needed. A type that gains needs free
seats that the line leaves. The purchased counts stay as they are, so nothing happens at Stripe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.vocabulary import SeatType
from services.seats.domain.ledger import Ledger
from services.seats.domain.swap_seat import BaaUnsigned, Full, HoldsNone


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Each member holds a seat of the requested type. `before` is what each of them held."""

    ledger: Ledger
    before: Mapping[UUID, SeatType]


@dataclass(frozen=True, slots=True)
class FullType:
    """This type would gain more seats than are free."""

    seat_type: SeatType
    figures: Full


def exchange_seats(
    ledger: Ledger, held: Mapping[UUID, SeatType], requested: Mapping[UUID, SeatType]
) -> Exchanged | BaaUnsigned | HoldsNone | FullType:
    """Decide an exchange. `held` has the seat types of those members who hold a seat."""
    if not ledger.baa_signed:
        return BaaUnsigned()
    if requested.keys() - held.keys():
        return HoldsNone()
    before = {member_id: held[member_id] for member_id in requested}
    active = ledger.active
    for member_id, seat_type in requested.items():
        active = active.plus(before[member_id], -1).plus(seat_type)
    for seat_type in SeatType:
        gained = active.of(seat_type) - ledger.active.of(seat_type)
        waiting = ledger.waiting.of(seat_type)
        if gained > max(0, ledger.room(seat_type) - waiting):
            return FullType(seat_type, Full(ledger.purchased.of(seat_type), ledger.active.of(seat_type), waiting))
    return Exchanged(replace(ledger, active=active), before)
