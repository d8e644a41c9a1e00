"""The state of one agency's seats during a batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.vocabulary import Quantities, SeatType
from services.seats.domain.capacity import Capacity
from services.seats.domain.ledger import NO_SEATS, Ledger
from services.seats.domain.line import Waiter
from services.seats.domain.pacing import GATHER


@dataclass(frozen=True, slots=True)
class Rejoin:
    """The members Blocked for payment of these `types` stand in line again, behind position `after`.

    `blocked` are not stored yet.
    """

    after: int
    correlation_id: UUID
    since: datetime
    blocked: Sequence[Waiter]
    types: Sequence[SeatType] = tuple(SeatType)


@dataclass(slots=True)
class Seats:
    """The seats of one agency during a batch. The store loads only the parts that a message of the batch needs.

    `stored` is the ledger as it was loaded. `line` is the head of each seat type's line: all of it if `is_whole`.
    `beyond` is the head of those for whom no purchase is under way, where it is not in `line`, `named` has others in
    line whom a message names, and `joined` those who joined a line in this batch that is not whole here.
    `unpaid` are the first members Blocked for payment, `unpaid_rest` counts the others, `rejoin` puts these in line;
    `blocked` become so in this batch, `unblocked` no longer are, and `retyped` wait for another seat type. `holders`
    are the stored holders that a message names; `seated` and `released` gain and lose a seat in this batch.
    `stored_positions` have a row of the line, `changed_positions` a new value for it, unless they leave the line.
    `published_capacity` is the capacity that was published last. `gather` is the setting: how long a purchase gathers
    after the first person who waits.
    """

    agency_id: UUID
    ledger: Ledger
    stored: Ledger | None = None
    line: list[Waiter] = field(default_factory=list)
    is_whole: bool = True
    beyond: list[Waiter] = field(default_factory=list)
    named: list[Waiter] = field(default_factory=list)
    joined: list[Waiter] = field(default_factory=list)
    stored_positions: set[int] = field(default_factory=set)
    changed_positions: set[int] = field(default_factory=set)
    seated: dict[UUID, SeatType] = field(default_factory=dict)
    unpaid: list[Waiter] = field(default_factory=list)
    unpaid_rest: Quantities = NO_SEATS
    rejoin: Rejoin | None = None
    blocked: dict[UUID, Waiter] = field(default_factory=dict)
    unblocked: set[UUID] = field(default_factory=set)
    retyped: dict[UUID, SeatType] = field(default_factory=dict)
    holders: dict[UUID, SeatType] = field(default_factory=dict)
    released: list[UUID] = field(default_factory=list)
    published_capacity: Capacity | None = None
    gather: timedelta = GATHER

    @property
    def in_line(self) -> list[Waiter]:
        """All members in line who are known here: its head, and those whom messages name."""
        return [*self.line, *self.beyond, *self.named, *self.joined]

    def add_to_line(self, waiters: Iterable[Waiter]) -> None:
        """Put members at the end of the line."""
        (self.line if self.is_whole else self.joined).extend(waiters)

    def leave_line(self, members: Collection[UUID]) -> None:
        """Take members out of the line."""
        for part in (self.line, self.beyond, self.named, self.joined):
            part[:] = [waiter for waiter in part if waiter.member_id not in members]

    def change_in_line(self, changed: Waiter) -> None:
        """Change a member who stays at the same place in line."""
        self.changed_positions.add(changed.position)
        if self.is_whole:
            self.line = [changed if waiter.member_id == changed.member_id else waiter for waiter in self.line]
        else:  # the head of the other seat type's line may end before this place
            self.leave_line({changed.member_id})
            self.named.append(changed)

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
