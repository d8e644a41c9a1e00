"""What seats knows of an agency while it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from contracts.vocabulary import SeatType
from services.seats.domain.capacity import Capacity
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import Waiter


@dataclass(slots=True)
class Seats:
    """The seats of one agency, as the batch has them.

    `line` is the whole line when a message needs it; otherwise only who joined in this batch. `unpaid` are those
    Blocked for payment, when a message needs them; `blocked` become it in this batch, `unblocked` are it no more.
    `holders` are stored holders whose seat a message may take or exchange; `seated` and `released` gain and lose a seat
    in this batch.
    `told` is the capacity that was said last.
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
    holders: dict[UUID, SeatType] = field(default_factory=dict)
    released: list[UUID] = field(default_factory=list)
    published_capacity: Capacity | None = None

    def seat_of(self, member_id: UUID) -> SeatType | None:
        """The type of the seat that somebody whom a message names holds; None when they hold none."""
        return self.seated.get(member_id) or self.holders.get(member_id)

    def seat(self, member_id: UUID, seat_type: SeatType) -> None:
        """They hold a seat of this type now."""
        self.seated[member_id] = seat_type

    def let_go(self, member_id: UUID) -> None:
        """They hold no seat any more."""
        self.seated.pop(member_id, None)
        self.holders.pop(member_id, None)
        self.released.append(member_id)
