"""The state of one agency's seats during a batch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from contracts.vocabulary import SeatType
from services.seats.domain.capacity import Capacity
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import Waiter
from services.seats.domain.pacing import GATHER


@dataclass(slots=True)
class Seats:
    """The seats of one agency during a batch. The store loads only the parts that a message of the batch needs.

    `stored` is the ledger as it was loaded. `line` is the whole waiting line if it was loaded, otherwise only the
    members who joined it in this batch. `unpaid` are the members Blocked for payment; `blocked` become so in this
    batch, `unblocked` no longer are, and `retyped` wait for another seat type. `holders` are the stored holders that a
    message names; `seated` and `released` gain and lose a seat in this batch. `published_capacity` is the capacity that
    was published last. `gather` is the setting: how long a purchase gathers after the first person who waits.
    """

    agency_id: UUID
    ledger: Ledger
    stored: Ledger | None = None
    line: list[Waiter] = field(default_factory=list)
    stored_positions: set[int] = field(default_factory=set)
    seated: dict[UUID, SeatType] = field(default_factory=dict)
    unpaid: list[Waiter] = field(default_factory=list)
    blocked: dict[UUID, Waiter] = field(default_factory=dict)
    unblocked: set[UUID] = field(default_factory=set)
    retyped: dict[UUID, SeatType] = field(default_factory=dict)
    holders: dict[UUID, SeatType] = field(default_factory=dict)
    released: list[UUID] = field(default_factory=list)
    published_capacity: Capacity | None = None
    gather: timedelta = GATHER

    def retype(self, member_id: UUID, seat_type: SeatType) -> None:
        """Record the corrected seat type of a member, if they are Blocked for payment."""
        self.retyped[member_id] = seat_type
        self.unpaid = [
            replace(waiter, seat_type=seat_type) if waiter.member_id == member_id else waiter for waiter in self.unpaid
        ]
        if (waiter := self.blocked.get(member_id)) is not None:
            self.blocked[member_id] = replace(waiter, seat_type=seat_type)

    def seat_of(self, member_id: UUID) -> SeatType | None:
        """The type of the seat that a member holds, for a member whom a message names; None without a seat."""
        return self.seated.get(member_id) or self.holders.get(member_id)

    def seat(self, member_id: UUID, seat_type: SeatType) -> None:
        """Record that the member holds a seat of this type."""
        self.seated[member_id] = seat_type

    def let_go(self, member_id: UUID) -> None:
        """Record that the member holds no seat any more."""
        self.seated.pop(member_id, None)
        self.holders.pop(member_id, None)
        self.released.append(member_id)
