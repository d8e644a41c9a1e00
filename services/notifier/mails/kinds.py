"""The mails: each is exactly what it needs to know. Amounts in cents, times aware and in UTC.

They are values: a mail is recorded with its task and reads the same whenever it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.vocabulary import BillingCycle, BlockedReason, MemberStatus, Quantities, Refusal, Role, SeatType


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a mail speaks of."""

    name: str
    email: str
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """Somebody who is Blocked, and why."""

    person: Person
    reason: BlockedReason


@dataclass(frozen=True, slots=True)
class InvoiceLink:
    """An invoice as people refer to it, and Stripe's page of it."""

    number: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class LoginCode:
    """The 4-digit code and the one-click link, good for so many minutes."""

    code: str
    link: str
    minutes: int
    template: Literal["login_code"] = "login_code"


@dataclass(frozen=True, slots=True)
class AccountExists:
    """Somebody signed up with an address that is a member's already; what to do depends on the status."""

    agency: str
    name: str
    status: MemberStatus
    template: Literal["account_exists"] = "account_exists"


@dataclass(frozen=True, slots=True)
class SeatsAutoAdded:
    """Auto-Add bought seats: for whom, what was charged today, what the plan costs now."""

    agency: str
    served: tuple[Person, ...]
    before: Quantities
    after: Quantities
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: InvoiceLink | None
    template: Literal["seats_auto_added"] = "seats_auto_added"


@dataclass(frozen=True, slots=True)
class CliniciansBlocked:
    """Who was Blocked since the last of these, and why."""

    agency: str
    blocked: tuple[BlockedPerson, ...]
    template: Literal["clinicians_blocked"] = "clinicians_blocked"


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """The card said no, or the bank wants a confirmation; who was left Blocked by it."""

    agency: str
    code: Refusal
    decline_code: str | None
    waiting: tuple[Person, ...]
    template: Literal["payment_declined"] = "payment_declined"


@dataclass(frozen=True, slots=True)
class StripeSilent:
    """Stripe has not answered since then; who waits for it."""

    agency: str
    since: datetime
    waiting: tuple[Person, ...]
    template: Literal["stripe_silent"] = "stripe_silent"


@dataclass(frozen=True, slots=True)
class YouAreIn:
    """Somebody who waited, or was Blocked, has a seat now."""

    agency: str
    name: str
    seat_type: SeatType
    template: Literal["you_are_in"] = "you_are_in"


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """Somebody is an admin now, or a clinician again."""

    agency: str
    name: str
    role: Role
    template: Literal["role_changed"] = "role_changed"


@dataclass(frozen=True, slots=True)
class Removed:
    """Somebody is no member any more."""

    agency: str
    name: str
    template: Literal["removed"] = "removed"


@dataclass(frozen=True, slots=True)
class CodesLimited:
    """Many wrong codes today: for this person's address, or (nobody) for all first logins of the agency."""

    agency: str
    person: Person | None
    template: Literal["codes_limited"] = "codes_limited"


Mail = (
    LoginCode
    | AccountExists
    | SeatsAutoAdded
    | CliniciansBlocked
    | PaymentDeclined
    | StripeSilent
    | YouAreIn
    | RoleChanged
    | Removed
    | CodesLimited
)
EVERY_KIND: tuple[type[Mail], ...] = (
    LoginCode,
    AccountExists,
    SeatsAutoAdded,
    CliniciansBlocked,
    PaymentDeclined,
    StripeSilent,
    YouAreIn,
    RoleChanged,
    Removed,
    CodesLimited,
)
