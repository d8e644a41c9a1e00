"""An agency and its members as the read model shows them to people: the newest events have decided every value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import BillingCycle, BlockedDetail, BlockedReason, KeyScope, MemberStatus, Role, SeatType
from services.gateway.domain.large_change import DEFAULT, Size
from services.gateway.domain.seat_meters import Meter
from services.gateway.model.sessions import Session


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an agency. `seat_type` is the type that was picked, `plan_type` the seat held (None: no seat).

    `mail_failed` is why the newest mail to the member could not be delivered; None when it was. `blocked_detail` is
    more about `blocked_reason`, where there is more. The removal of a Removed member can be undone until `undo_until`.
    `reminded_at` is when an admin last reminded the member of the seat.
    """

    id: UUID
    agency_id: UUID
    email: str
    name: str
    status: MemberStatus
    blocked_reason: BlockedReason | None
    role: Role
    seat_type: SeatType
    plan_type: SeatType | None
    invited_at: datetime | None
    first_login_at: datetime | None
    last_seen_at: datetime | None
    mail_failed: str | None = None
    blocked_detail: BlockedDetail | None = None
    undo_until: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def waits_for_seat(self) -> bool:
        """Whether the member has logged in, or accepted the newest invitation, and nothing is decided yet."""
        if self.first_login_at is None:
            return False
        if self.status is MemberStatus.INVITED:
            return self.invited_at is None or self.first_login_at > self.invited_at
        return self.status is MemberStatus.PENDING_LOGIN


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency as its members see it. `domain` is the auto-join domain, `step_up` the size of a large change.

    `currency` is the one of its plan. `is_open` is False until Stripe has opened its account.

    `sign_again_by` is set while a new version of the BAA is to be signed; after it, `baa_signed` is False.

    `moving_line`: free seats go to Blocked members by themselves.

    `is_parked`: a service could not handle a message, and holds back the agency's later ones.
    """

    id: UUID
    name: str
    domain: str
    cycle: BillingCycle
    baa_signed: bool
    step_up: Size = DEFAULT
    is_parked: bool = False
    currency: str = "usd"
    is_open: bool = True
    sign_again_by: datetime | None = None
    moving_line: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """The member whose session or API key makes a request, read at the time of the request.

    `session` is None for a key; `scopes` are those of a key, and None for a session.
    """

    member: Member
    agency: Agency
    session: Session | None = None
    scopes: frozenset[KeyScope] | None = None


@dataclass(frozen=True, slots=True)
class SeatsView:
    """An agency's seats by type, and Auto-Add. `paused` and `frozen` are codes; None while buying goes on.

    Two facts pause Auto-Add: `declined`, the code of a purchase that failed, and `owed`, what is unpaid; `paused` is
    the one that counts now. `fault`: why Stripe accepts no change, while Auto-Add is paused for that. `decline_code`:
    Stripe's, of the purchase that failed.
    """

    base: Meter
    voice: Meter
    auto_add: bool
    paused: str | None
    frozen: str | None
    baa_signed: bool
    fault: str | None = None
    declined: str | None = None
    decline_code: str | None = None
    owed: Debt | None = None


@dataclass(frozen=True, slots=True)
class SignAgain:
    """A newer version of the BAA is to be signed by then (None: not so), or the earlier signature has lapsed."""

    by: datetime | None = None
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """The admin's signature under the BAA. `agency_name` is the agency's then; None when it is not known any more."""

    signer_id: UUID
    signer_name: str
    signer_title: str
    version: str
    signed_at: datetime
    agency_name: str | None = None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """The changes of one batch of events for an agency: these members, and these parts (`seats`, `billing` …)."""

    id: int
    members: tuple[UUID, ...]
    parts: frozenset[str]
