"""A seat is free for an invite if it is purchased, no Active member holds it and no member in line waits for it.

Invited people hold no seat and do not count: the first to accept gets the seat. If the subscription has ended, no seat
is free; if one type was lowered below Active, no seat of this type is. A free seat of the other type stays free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.seat_rejections import NoSeatAvailable, SeatsReducedElsewhere
from contracts.vocabulary import FrozenReason, Quantities, SeatType
from services.members.domain.admin_action import Reject

NO_SEATS = Quantities()
"""No seat of either type, as before the agency's account is open."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The seats of an agency. seats publishes purchased, waiting and frozen; members counts active itself.

    `last_blocked` is the last place that was given to a Blocked member.
    """

    purchased: Quantities = NO_SEATS
    active: Quantities = NO_SEATS
    waiting: Quantities = NO_SEATS
    frozen: FrozenReason | None = None
    last_blocked: int = 0

    def free(self, seat_type: SeatType) -> int:
        """Free seats of a type for an invite; negative if more seats are taken than purchased."""
        return self.purchased.of(seat_type) - self.active.of(seat_type) - self.waiting.of(seat_type)

    def is_lowered(self, seat_type: SeatType) -> bool:
        """Whether fewer seats of a type are purchased than Active members hold."""
        return self.purchased.of(seat_type) < self.active.of(seat_type)


def _is_gone(frozen: FrozenReason) -> bool:
    return frozen is not FrozenReason.SEATS_REDUCED_ELSEWHERE


def no_room(capacity: Capacity, seat_type: SeatType, taken: int = 0) -> Reject | None:
    """The rejection of an invite to a seat of this type; None if a seat is free.

    `taken` counts the seats of the type that the same command has given to others.
    """
    figures = (
        seat_type,
        capacity.purchased.of(seat_type),
        capacity.active.of(seat_type),
        capacity.waiting.of(seat_type),
        taken or None,
    )
    if capacity.frozen is not None and (_is_gone(capacity.frozen) or capacity.is_lowered(seat_type)):
        return Reject(SeatsReducedElsewhere(*figures, frozen=capacity.frozen))
    if capacity.free(seat_type) <= taken:
        return Reject(NoSeatAvailable(*figures))
    return None


def capacity_changed(
    capacity: Capacity, purchased: Quantities, waiting: Quantities, frozen: FrozenReason | None
) -> Capacity:
    """The capacity after seats has published new counts. Active is not among them; members counts it itself."""
    return replace(capacity, purchased=purchased, waiting=waiting, frozen=frozen)


def held(capacity: Capacity, before: SeatType | None, after: SeatType | None) -> Capacity:
    """The capacity after one member's seat of type `before` became one of type `after`; None for no seat."""
    active = capacity.active
    if before is not None:
        active = active.plus(before, -1)
    if after is not None:
        active = active.plus(after)
    return replace(capacity, active=active)
