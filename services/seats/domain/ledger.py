"""The seat ledger: per seat type what is purchased and who is Active, and the one purchase that may be under way.

Only Active counts toward the cap, and a seat counts only once it is paid:
room = min(purchased, target under way) - active.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.vocabulary import Actor, FrozenReason, Quantities, RejectionCode, SeatType

NO_SEATS = Quantities()
"""None of either type."""


class Account(StrEnum):
    """Whether the agency's account at Stripe is there yet."""

    AWAITED = "awaited"
    OPEN = "open"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class AdjustRequest:
    """The order by which an admin asked for a change of the seat counts, and who it was."""

    command_id: UUID
    actor: Actor


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase under way, in absolute figures. Who stands in the line up to position `last` waits for its end.

    `asked` is there when it is an admin's change, and not Auto-Add's.
    """

    operation_id: UUID
    before: Quantities
    after: Quantities
    last: int
    request: AdjustRequest | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The seats of one agency.

    `waiting` counts the line per seat type, `last_position` is the position given last. `ended` are the ends of the
    latest purchases, oldest first; `held_until` keeps the next one back after a rejection that was not the card's.
    `paused` is why Auto-Add buys nothing although it is ON. `unsettled` are seats whose invoice is still to come,
    `gone` is why there is no subscription any more.
    """

    account: Account = Account.AWAITED
    purchased: Quantities = NO_SEATS
    active: Quantities = NO_SEATS
    waiting: Quantities = NO_SEATS
    last_position: int = 0
    purchase: Purchase | None = None
    baa_signed: bool = False
    auto_add: bool = False
    paused: RejectionCode | None = None
    ended: tuple[datetime, ...] = ()
    held_until: datetime | None = None
    unsettled: Quantities = NO_SEATS
    gone: FrozenReason | None = None

    def room(self, seat_type: SeatType) -> int:
        """Seats of a type that are paid, not promised away and not held; negative when seats were taken elsewhere."""
        paid = self.purchased.of(seat_type)
        if self.purchase is not None:
            paid = min(paid, self.purchase.after.of(seat_type))
        return paid - self.active.of(seat_type)

    @property
    def frozen(self) -> FrozenReason | None:
        """Why nothing is bought at all: no subscription any more, or one that somebody lowered below Active."""
        if self.gone is not None:
            return self.gone
        lowered = any(count > self.purchased.of(seat_type) for seat_type, count in self.active)
        return FrozenReason.SEATS_REDUCED_ELSEWHERE if lowered else None

    @property
    def someone_waits(self) -> bool:
        """Whether anybody stands in the line."""
        return any(count > 0 for _, count in self.waiting)

    def with_active(self, seat_type: SeatType) -> Ledger:
        """One more Active member holds a seat of this type."""
        return replace(self, active=self.active.plus(seat_type))
