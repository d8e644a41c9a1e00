"""The seat ledger: the purchased and the Active count of each seat type, and the one purchase that may be under way.

Only Active members count toward the cap, and a seat counts only once it is paid:
room = min(purchased, target of the purchase under way) - active.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import Actor, BlockedReason, FrozenReason, Quantities, RejectionCode, SeatType, StripeFault
from services.seats.domain.limits import NO_LIMITS, Limits
from services.seats.domain.policies import BY_THE_SWITCH, Policies
from services.seats.domain.reduction import Reduction

NO_SEATS = Quantities()
"""No seat of either type."""


class Account(StrEnum):
    """The state of the agency's account at Stripe, as billing publishes it."""

    AWAITED = "awaited"
    OPEN = "open"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class StepUp:
    """The size above which a change needs a fresh code: seats that it adds, and cents that it charges today."""

    seats: int
    amount: int


@dataclass(frozen=True, slots=True)
class AdjustRequest:
    """The command `seats.adjust` of a change, the admin who sent it, and the quote whose price it has.

    `pays_first`: the change waits until what is owed is paid. `lets_in_for` is the command `members.let_in` of a change
    that lets Blocked members in once it is made. `renewal`: the change is a reduction that was scheduled for it.
    """

    command_id: UUID
    actor: Actor
    quote_id: UUID | None = None
    pays_first: bool = False
    lets_in_for: UUID | None = None
    renewal: datetime | None = None

    @property
    def correlation_id(self) -> UUID:
        """The command of the admin: to members, if the change lets people in, and to seats otherwise."""
        return self.lets_in_for or self.command_id


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase under way, in absolute counts. The members in line up to position `last` wait for its end.

    `request` is set for an admin's change, and None for a purchase of Auto-Add. `awaits_payment`: Stripe has made an
    invoice for it that is not paid yet.
    """

    operation_id: UUID
    before: Quantities
    after: Quantities
    last: int
    request: AdjustRequest | None = None
    awaits_payment: bool = False


@dataclass(frozen=True, slots=True)
class Serving:
    """A paid purchase of Auto-Add whose seats are being assigned: to the members in line up to position `last`."""

    operation_id: UUID
    last: int


@dataclass(frozen=True, slots=True)
class Dismissal:
    """The members in line up to position `last` are being denied for this reason, or for this declined purchase."""

    reason: BlockedReason
    last: int
    operation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The seats of one agency.

    `waiting` counts the line per seat type, and `waiting_since` is when the longest wait in it began.
    `last_position` is the position given last. `ended` are the end times of the latest purchases, oldest first;
    `held_until` delays the next purchase after a rejection that was not the card's. `paused` is why Auto-Add buys
    nothing although it is ON since a purchase failed, `fault` why Stripe accepts no change, if that is the reason, and
    `decline_code` Stripe's code of a decline. `owed` is what the agency owes, another fact that has its own end.
    `reported_at`: the admins know who waited then. `unsettled` are purchased seats that no invoice has
    charged yet. `gone` is why the subscription has ended. `step_up` is None until the agency sets it. `serving` and
    `dismissal` are set while a line that is too long for one transaction is served, or denied. `limits` are Auto-Add's.
    `renews_at` is when the subscription renews, as Stripe has it, and `reduction` waits for that.
    `policies` are those that seat types have of their own (`seat_policy.py`).
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
    waiting_since: datetime | None = None
    reported_at: datetime | None = None
    fault: StripeFault | None = None
    step_up: StepUp | None = None
    owed: Debt | None = None
    decline_code: str | None = None
    serving: Serving | None = None
    dismissal: Dismissal | None = None
    limits: Limits = NO_LIMITS
    renews_at: datetime | None = None
    reduction: Reduction | None = None
    policies: Policies = BY_THE_SWITCH

    def room(self, seat_type: SeatType) -> int:
        """Paid seats of a type that no member holds and no reduction takes; negative if reduced at Stripe."""
        paid = self.purchased.of(seat_type)
        if self.purchase is not None:
            paid = min(paid, self.purchase.after.of(seat_type))
        return paid - self.active.of(seat_type)

    @property
    def frozen(self) -> FrozenReason | None:
        """Why nothing is bought: the subscription has ended, or was lowered below Active at Stripe."""
        if self.gone is not None:
            return self.gone
        lowered = any(count > self.purchased.of(seat_type) for seat_type, count in self.active)
        return FrozenReason.SEATS_REDUCED_ELSEWHERE if lowered else None

    @property
    def someone_waits(self) -> bool:
        """Whether the line has any member."""
        return any(count > 0 for _, count in self.waiting)

    @property
    def has_room_for_more(self) -> bool:
        """Whether a seat is free for a member in line, who is to be served next."""
        return any(count > 0 and self.room(seat_type) > 0 for seat_type, count in self.waiting)

    @property
    def lets_in(self) -> bool:
        """Whether the change under way lets Blocked members in. They stand in line, and get no seat before its end."""
        request = self.purchase.request if self.purchase is not None else None
        return request is not None and request.lets_in_for is not None

    @property
    def awaits_payment(self) -> bool:
        """Whether a change waits for the payment of its invoice."""
        return self.purchase is not None and self.purchase.awaits_payment

    def with_active(self, seat_type: SeatType) -> Ledger:
        """This ledger with one more Active member of this type."""
        return replace(self, active=self.active.plus(seat_type))
