"""Every kind of mail as a value that holds all that its text needs. Amounts are in cents, times aware and in UTC.

A mail is recorded with its task, so that it reads the same whenever it is sent. `template` names its pair of templates.
A mail about many people has the first of them; `more` is how many others there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from contracts.vocabulary import (
    BillingCycle,
    BlockedDetail,
    BlockedReason,
    FrozenReason,
    Lapse,
    MemberStatus,
    Quantities,
    RejectionCode,
    Role,
    SeatType,
    Service,
    StripeFault,
)
from services.notifier.mails.news import StripeNews


@dataclass(frozen=True, slots=True)
class Person:
    """A person whom a mail names."""

    name: str
    email: str
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """A person who is Blocked, the reason, and more about it, where there is more."""

    person: Person
    reason: BlockedReason
    detail: BlockedDetail | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLink:
    """The number that people know an invoice by, the address of Stripe's page of it, and what its total is after.

    `discount`, `tax` and `from_balance`, what the customer balance paid, are in the smallest unit of `currency`.
    """

    number: str | None
    url: str | None
    discount: int = 0
    tax: int = 0
    from_balance: int = 0
    currency: str = "usd"


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
class SeatsAutoAdded:
    """A purchase of Auto-Add: who got a seat, what was charged today, what the plan costs now.

    `other_total` is the part of `new_total` for items of the subscription that are not seats.
    `unsettled` is True when the day's invoices are used up: the amount is then charged later, with one invoice.
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
    other_total: int = 0
    currency: str = "usd"
    more: int = 0
    template: Literal["seats_auto_added"] = "seats_auto_added"

    @property
    def count(self) -> int:
        """How many people there are: those in `served`, and `more`."""
        return len(self.served) + self.more


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
class PaymentDeclined:
    """A purchase that the card did not pay; `waiting` are the people whom it leaves Blocked."""

    agency: str
    code: RejectionCode
    decline_code: str | None
    waiting: tuple[Person, ...]
    more: int = 0
    template: Literal["payment_declined"] = "payment_declined"

    @property
    def count(self) -> int:
        """How many people there are: those in `waiting`, and `more`."""
        return len(self.waiting) + self.more


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """An unpaid invoice: of a renewal, or (`settling`) of seats whose prorations were left pending. `owed` in cents."""

    agency: str
    owed: int
    invoice: InvoiceLink
    decline_code: str | None
    settling: bool
    currency: str = "usd"
    template: Literal["payment_failed"] = "payment_failed"


@dataclass(frozen=True, slots=True)
class PaymentRecovered:
    """The end of Auto-Add's pause; `joined` were Blocked for payment and wait for a seat again."""

    agency: str
    joined: tuple[Person, ...]
    more: int = 0
    template: Literal["payment_recovered"] = "payment_recovered"

    @property
    def count(self) -> int:
        """How many people there are: those in `joined`, and `more`."""
        return len(self.joined) + self.more


@dataclass(frozen=True, slots=True)
class Settled:
    """The payment of prorations that were left pending, with one invoice; `charged` in cents."""

    agency: str
    seats: Quantities
    charged: int
    invoice: InvoiceLink | None
    currency: str = "usd"
    template: Literal["settled"] = "settled"


@dataclass(frozen=True, slots=True)
class ProrationsLost:
    """Seats that nobody will be charged for: the subscription has `ended`, or an invoice is void. For the operator."""

    agency: str
    seats: Quantities
    amount: int
    ended: bool
    currency: str = "usd"
    template: Literal["prorations_lost"] = "prorations_lost"


@dataclass(frozen=True, slots=True)
class PaymentAwaited:
    """A change whose invoice is not paid yet. `confirm`: the bank wants the payment confirmed; else it is on account.

    `amount` is in the smallest unit of `currency`. `until` is when the change is given up, or the invoice is due.
    `switch`: the change is one of the billing cycle.
    """

    agency: str
    change: str
    amount: int
    currency: str
    confirm: bool
    until: datetime | None
    switch: bool = False
    template: Literal["payment_awaited"] = "payment_awaited"


@dataclass(frozen=True, slots=True)
class PaymentLapsed:
    """A change that is undone, because its invoice was not paid. `switch`: it is one of the billing cycle."""

    agency: str
    change: str
    amount: int
    currency: str
    reason: Lapse
    switch: bool = False
    template: Literal["payment_lapsed"] = "payment_lapsed"


@dataclass(frozen=True, slots=True)
class SeatsPaid:
    """A change that had waited for its payment and is made now; `new_total` in cents a cycle.

    `after` is None for a switch of the billing cycle.
    """

    agency: str
    change: str
    after: Quantities | None
    charged: int
    new_total: int
    cycle: BillingCycle
    invoice: InvoiceLink | None
    currency: str = "usd"
    template: Literal["seats_paid"] = "seats_paid"


@dataclass(frozen=True, slots=True)
class SeatsChangedExternally:
    """A change of the seats that was made at Stripe and not here.

    `active` is set when more members are Active than there are seats now. `before`, `total` (cents a cycle) and `cycle`
    are None when only the freeze is known.
    """

    agency: str
    before: Quantities | None
    after: Quantities
    total: int | None
    cycle: BillingCycle | None
    active: Quantities | None
    thawed: bool
    currency: str = "usd"
    template: Literal["seats_changed_externally"] = "seats_changed_externally"


@dataclass(frozen=True, slots=True)
class AgencyParked:
    """To the operator: a service could not handle a message, and holds back what follows for the agency.

    `refused`: the broker does not take a message that the service publishes.
    """

    agency: str
    agency_id: str
    service: Service
    message_type: str
    refused: bool = False
    template: Literal["agency_parked"] = "agency_parked"


@dataclass(frozen=True, slots=True)
class OpeningDelayed:
    """To the operator: Stripe has not completed an agency's opening since `since`; None when it was given up."""

    agency: str
    since: datetime | None
    template: Literal["opening_delayed"] = "opening_delayed"


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """The end of the subscription. The operator gets the mail too, since only the operator can open a new one."""

    agency: str
    reason: FrozenReason
    to_operator: bool = False
    template: Literal["subscription_ended"] = "subscription_ended"


@dataclass(frozen=True, slots=True)
class StripeNotice:
    """Something that happened to the subscription at Stripe."""

    agency: str
    news: StripeNews
    template: Literal["stripe_notice"] = "stripe_notice"


@dataclass(frozen=True, slots=True)
class StripeTimedOut:
    """A purchase that Stripe has not completed since `since`; `waiting` are the people who wait for it."""

    agency: str
    since: datetime
    waiting: tuple[Person, ...]
    more: int = 0
    template: Literal["stripe_timed_out"] = "stripe_timed_out"

    @property
    def count(self) -> int:
        """How many people there are: those in `waiting`, and `more`."""
        return len(self.waiting) + self.more


@dataclass(frozen=True, slots=True)
class StripeRefuses:
    """A purchase that Stripe refuses for good, and why; `waiting` are the people who are Blocked now.

    The operator gets the mail too, and may have to put right what is wrong.
    """

    agency: str
    fault: StripeFault
    waiting: tuple[Person, ...]
    to_operator: bool = False
    more: int = 0
    template: Literal["stripe_refuses"] = "stripe_refuses"

    @property
    def count(self) -> int:
        """How many people there are: those in `waiting`, and `more`."""
        return len(self.waiting) + self.more


@dataclass(frozen=True, slots=True)
class YouAreIn:
    """A seat for a person who waited for it or was Blocked."""

    agency: str
    name: str
    seat_type: SeatType
    template: Literal["you_are_in"] = "you_are_in"


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


OpenMail = (
    AccountExists
    | OtherSpelling
    | SeatsAutoAdded
    | CliniciansBlocked
    | PaymentDeclined
    | PaymentFailed
    | PaymentRecovered
    | Settled
    | ProrationsLost
    | PaymentAwaited
    | PaymentLapsed
    | SeatsPaid
    | SeatsChangedExternally
    | SubscriptionEnded
    | AgencyParked
    | OpeningDelayed
    | StripeNotice
    | StripeTimedOut
    | StripeRefuses
    | YouAreIn
    | RoleChanged
    | Removed
    | CodesLimited
    | InvitationUndelivered
    | NewSignIn
)
"""Every mail that holds no secret, so that the task's row may hold it as it is. To add a mail, add it here."""

Mail = LoginCode | Invitation | OpenMail
"""Every mail. The first two hold a secret: their tasks keep it sealed until the mail is built."""

EVERY_KIND: tuple[type[Mail], ...] = get_args(Mail)
