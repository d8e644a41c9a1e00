"""The mails about a person: signing in, invitations, statuses and roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.vocabulary import (
    BaaStage,
    MemberStatus,
    Quantities,
    Role,
    SeatType,
)
from services.notifier.mails.parts import BlockedPerson, Person


@dataclass(frozen=True, slots=True)
class LoginCode:
    """The 4-digit code and the one-click link to sign in with, and the minutes for which each is valid."""

    code: str
    link: str
    minutes: int
    link_minutes: int
    template: Literal["login_code"] = "login_code"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to an agency, with its one-click link.

    `inviter` is None when the operator invites. `before` is the member's status until now, None for a new member.
    """

    agency: str
    name: str
    inviter: str | None
    seat_type: SeatType
    role: Role
    before: MemberStatus | None
    link: str
    expires_at: datetime
    template: Literal["invitation"] = "invitation"


@dataclass(frozen=True, slots=True)
class AccountExists:
    """A sign-up with an address that a member has already; the member's status decides what the mail advises."""

    agency: str
    name: str
    status: MemberStatus
    template: Literal["account_exists"] = "account_exists"


@dataclass(frozen=True, slots=True)
class NotOpened:
    """To the first admin of an agency whose opening Stripe did not complete."""

    agency: str
    name: str
    template: Literal["not_opened"] = "not_opened"


@dataclass(frozen=True, slots=True)
class OtherSpelling:
    """A sign-up or a request for a code with another spelling of a member's mailbox.

    `address` is the one that the member signs in with.
    """

    agency: str
    status: MemberStatus
    address: str
    signed_up: bool = True
    template: Literal["other_spelling"] = "other_spelling"


Advice = AccountExists | OtherSpelling


@dataclass(frozen=True, slots=True)
class CliniciansBlocked:
    """The digest of the clinicians who were Blocked since the previous one."""

    agency: str
    blocked: tuple[BlockedPerson, ...]
    more: int = 0
    template: Literal["clinicians_blocked"] = "clinicians_blocked"

    @property
    def count(self) -> int:
        """How many people there are: those in `blocked`, and `more`."""
        return len(self.blocked) + self.more


@dataclass(frozen=True, slots=True)
class YouAreIn:
    """A seat for a person who waited for it or was Blocked."""

    agency: str
    name: str
    seat_type: SeatType
    template: Literal["you_are_in"] = "you_are_in"


@dataclass(frozen=True, slots=True)
class Welcome:
    """To the first admin of an agency that is open now: what to do first. `seat_type` is that of their seat."""

    agency: str
    name: str
    seat_type: SeatType
    template: Literal["welcome"] = "welcome"


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """A new role. An admin gave it, unless `by_operator`; `by_self` when that admin is the person."""

    agency: str
    name: str
    role: Role
    by_operator: bool = False
    by_self: bool = False
    template: Literal["role_changed"] = "role_changed"


@dataclass(frozen=True, slots=True)
class Removed:
    """The removal of a member. `before` is the status until then: a member who was never Active had no seat to lose."""

    agency: str
    name: str
    before: MemberStatus = MemberStatus.ACTIVE
    was_admin: bool = False
    template: Literal["removed"] = "removed"


@dataclass(frozen=True, slots=True)
class RequestDeclined:
    """To a Blocked member whose request for a seat an admin declined, with the admin's note."""

    agency: str
    name: str
    seat_type: SeatType
    note: str | None = None
    template: Literal["request_declined"] = "request_declined"


@dataclass(frozen=True, slots=True)
class CodesLimited:
    """Many wrong codes today, for one person's address or (`person` is None) for the first logins of the agency."""

    agency: str
    person: Person | None
    template: Literal["codes_limited"] = "codes_limited"


@dataclass(frozen=True, slots=True)
class InvitationUndelivered:
    """An invitation whose mail will never arrive, for the admin who invited `person`. `reason` is the server's."""

    agency: str
    person: Person
    reason: str
    template: Literal["invitation_undelivered"] = "invitation_undelivered"


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """A sign-in of an admin with a browser or app that had not signed in to the address before."""

    agency: str
    name: str
    at: datetime
    device: str | None
    network: str | None
    template: Literal["new_sign_in"] = "new_sign_in"


@dataclass(frozen=True, slots=True)
class IdleSeat:
    """A reminder of a seat that its holder has not used since `last_seen_at`."""

    agency: str
    name: str
    seat_type: SeatType
    last_seen_at: datetime
    template: Literal["idle_seat"] = "idle_seat"


@dataclass(frozen=True, slots=True)
class IdleSeats:
    """The idle seats of an agency, for an admin who wants this mail each month. `monthly` None: a price is unknown."""

    agency: str
    days: int
    seats: Quantities
    monthly: int | None
    currency: str = "usd"
    template: Literal["idle_seats"] = "idle_seats"

    @property
    def total(self) -> int:
        """How many people hold an idle seat."""
        return self.seats.base + self.seats.voice


@dataclass(frozen=True, slots=True)
class SignBaaAgain:
    """A new version of the BAA that an agency is to sign by `sign_by`; with LAPSED, admin actions are locked now."""

    agency: str
    version: str
    sign_by: datetime
    stage: BaaStage
    template: Literal["sign_baa_again"] = "sign_baa_again"


MemberMail = (
    AccountExists
    | NotOpened
    | OtherSpelling
    | CliniciansBlocked
    | YouAreIn
    | Welcome
    | RoleChanged
    | Removed
    | RequestDeclined
    | CodesLimited
    | InvitationUndelivered
    | NewSignIn
    | IdleSeat
    | IdleSeats
    | SignBaaAgain
)
"""Every one of them, without the two that hold a secret. To add a mail, add it here."""
