"""The mails: each is exactly what it needs to know. Amounts in cents, times aware and in UTC.

They are values: a mail is recorded with its task and reads the same whenever it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.vocabulary import (
    BillingCycle,
    BlockedReason,
    FrozenReason,
    MemberStatus,
    Quantities,
    RejectionCode,
    Role,
    SeatType,
)


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
class Invitation:
    """Somebody is invited: by whom (None: by the operator), to which seat and role, and until when the link is good.

    `before` is where they stood until now, None for somebody new.
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
    """Somebody signed up with an address that is a member's already; what to do depends on the status."""

    agency: str
    name: str
    status: MemberStatus
    template: Literal["account_exists"] = "account_exists"


@dataclass(frozen=True, slots=True)
class SeatsAutoAdded:
    """Auto-Add bought seats: for whom, what was charged today, what the plan costs now.

    `unsettled`: the day's invoices are used up, so the amount is charged with one invoice that follows.
    """

    agency: str
    served: tuple[Person, ...]
    before: Quantities
    after: Quantities
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: InvoiceLink | None
    unsettled: bool = False
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
    code: RejectionCode
    decline_code: str | None
    waiting: tuple[Person, ...]
    template: Literal["payment_declined"] = "payment_declined"


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """An invoice could not be paid: a renewal's, or that of seats that were left unsettled. `owed` in cents."""

    agency: str
    owed: int
    invoice: InvoiceLink
    decline_code: str | None
    settling: bool
    template: Literal["payment_failed"] = "payment_failed"


@dataclass(frozen=True, slots=True)
class PaymentRecovered:
    """Auto-Add's pause is over; who was Blocked for payment and is let in now."""

    agency: str
    joined: tuple[Person, ...]
    template: Literal["payment_recovered"] = "payment_recovered"


@dataclass(frozen=True, slots=True)
class Settled:
    """The seats that were left unsettled are paid, with one invoice; `charged` in cents."""

    agency: str
    seats: Quantities
    charged: int
    invoice: InvoiceLink | None
    template: Literal["settled"] = "settled"


@dataclass(frozen=True, slots=True)
class SeatsChangedExternally:
    """Somebody changed the seats at Stripe. `active`: so many are Active, more than there are seats now.

    `before` and `total` (cents a cycle) are None where only the freeze was heard of.
    """

    agency: str
    before: Quantities | None
    after: Quantities
    total: int | None
    cycle: BillingCycle | None
    active: Quantities | None
    thawed: bool
    template: Literal["seats_changed_externally"] = "seats_changed_externally"


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """There is no subscription any more. One goes to the operator, who alone can open a new one."""

    agency: str
    reason: FrozenReason
    to_operator: bool = False
    template: Literal["subscription_ended"] = "subscription_ended"


@dataclass(frozen=True, slots=True)
class StripeTimedOut:
    """Stripe has not answered since then; who waits for it."""

    agency: str
    since: datetime
    waiting: tuple[Person, ...]
    template: Literal["stripe_timed_out"] = "stripe_timed_out"


@dataclass(frozen=True, slots=True)
class YouAreIn:
    """Somebody who waited, or was Blocked, has a seat now."""

    agency: str
    name: str
    seat_type: SeatType
    template: Literal["you_are_in"] = "you_are_in"


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """Somebody is an admin now, or a clinician again; by an admin (`by_self`: they are the one), or by the operator."""

    agency: str
    name: str
    role: Role
    by_operator: bool = False
    by_self: bool = False
    template: Literal["role_changed"] = "role_changed"


@dataclass(frozen=True, slots=True)
class Removed:
    """Somebody is no member any more. `before` is where they stood: who never got in had no seat to lose."""

    agency: str
    name: str
    before: MemberStatus = MemberStatus.ACTIVE
    was_admin: bool = False
    template: Literal["removed"] = "removed"


@dataclass(frozen=True, slots=True)
class CodesLimited:
    """Many wrong codes today: for this person's address, or (nobody) for all first logins of the agency."""

    agency: str
    person: Person | None
    template: Literal["codes_limited"] = "codes_limited"


Mail = (
    LoginCode
    | Invitation
    | AccountExists
    | SeatsAutoAdded
    | CliniciansBlocked
    | PaymentDeclined
    | PaymentFailed
    | PaymentRecovered
    | Settled
    | SeatsChangedExternally
    | SubscriptionEnded
    | StripeTimedOut
    | YouAreIn
    | RoleChanged
    | Removed
    | CodesLimited
)
EVERY_KIND: tuple[type[Mail], ...] = (
    LoginCode,
    Invitation,
    AccountExists,
    SeatsAutoAdded,
    CliniciansBlocked,
    PaymentDeclined,
    PaymentFailed,
    PaymentRecovered,
    Settled,
    SeatsChangedExternally,
    SubscriptionEnded,
    StripeTimedOut,
    YouAreIn,
    RoleChanged,
    Removed,
    CodesLimited,
)
