"""A seat is free for an invite when it is purchased, nobody Active holds it and nobody stands in line for it.

Invited people hold no seat, so they do not count: whoever accepts first has it. While the agency's seats are frozen,
because Stripe has fewer than are Active or no subscription any more, none is free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.rejections import NoSeatAvailable, SeatsReducedElsewhere
from contracts.vocabulary import FrozenReason, Quantities, SeatType
from services.members.domain.admin_action import Reject

NO_SEATS = Quantities()
"""None of either type: what is known before an agency's account is open."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The seats of an agency: purchased, waiting and frozen as seats has said, active as members counts them."""

    purchased: Quantities = NO_SEATS
    active: Quantities = NO_SEATS
    waiting: Quantities = NO_SEATS
    frozen: FrozenReason | None = None

    def free(self, seat_type: SeatType) -> int:
        """Seats of a type that an invite may count on; negative when more are promised than there are."""
        return self.purchased.of(seat_type) - self.active.of(seat_type) - self.waiting.of(seat_type)


def no_room(capacity: Capacity, seat_type: SeatType, taken: int = 0) -> Reject | None:
    """Why nobody can be invited to a seat of this type, with the figures; None when a seat is free.

    `taken` are the free seats of the type that the same command has invited others to.
    """
    figures = (
        seat_type,
        capacity.purchased.of(seat_type),
        capacity.active.of(seat_type),
        capacity.waiting.of(seat_type),
        taken or None,
    )
    if capacity.frozen is not None:
        return Reject(SeatsReducedElsewhere(*figures, frozen=capacity.frozen))
    if capacity.free(seat_type) <= taken:
        return Reject(NoSeatAvailable(*figures))
    return None


def capacity_changed(
    capacity: Capacity, purchased: Quantities, waiting: Quantities, frozen: FrozenReason | None
) -> Capacity:
    """The capacity after news from seats, who says nothing of Active: that follows from each member's own news."""
    return replace(capacity, purchased=purchased, waiting=waiting, frozen=frozen)


def held(capacity: Capacity, before: SeatType | None, after: SeatType | None) -> Capacity:
    """The count of Active members after one of them held a seat of type `before` and holds one of type `after`."""
    active = capacity.active
    if before is not None:
        active = active.plus(before, -1)
    if after is not None:
        active = active.plus(after)
    return replace(capacity, active=active)
