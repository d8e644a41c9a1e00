"""The mails about money: purchases, invoices, and the subscription at Stripe. Amounts are in cents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.decline_reasons import NO_CARD
from contracts.payment_vocabulary import Lapse
from contracts.vocabulary import (
    AutoAddMeasure,
    BillingCycle,
    FrozenReason,
    Quantities,
    RejectionCode,
    SeatType,
    StripeFault,
)
from services.notifier.mails.news import StripeNews
from services.notifier.mails.parts import InvoiceLink, Person


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
class AutoAddLimit:
    """Auto-Add has used 80 % of a limit of a seat type, or (`reached`) the limit leaves no seat."""

    agency: str
    seat_type: SeatType
    measure: AutoAddMeasure
    used: int
    limit: int
    reached: bool
    currency: str = "usd"
    template: Literal["auto_add_limit"] = "auto_add_limit"

    @property
    def is_monthly(self) -> bool:
        """Whether the next month begins with nothing used."""
        return self.measure is not AutoAddMeasure.SEATS


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

    @property
    def lacks_card(self) -> bool:
        """Whether no bank declined anything: there was no card to charge."""
        return self.decline_code == NO_CARD


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """An unpaid invoice: of a renewal, or (`settling`) of seats whose prorations were left pending. `owed` in cents.

    `overdue`: it was sent, and no card was tried.
    """

    agency: str
    owed: int
    invoice: InvoiceLink
    decline_code: str | None
    settling: bool
    currency: str = "usd"
    overdue: bool = False
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
class PaymentAwaited:
    """A change whose invoice is not paid yet.

    `confirm`: the bank wants the payment confirmed. `processing`: the payment is under way for days. Without either it
    is on account.
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
    processing: bool = False
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

    @property
    def given_up(self) -> bool:
        """Whether Stripe did not answer, so that the change is still to be undone there."""
        return self.reason is Lapse.UNANSWERED


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
    """A purchase that Stripe has not completed since `since`; `waiting` are the people who wait for it.

    `undo`: it is the undoing of a change that was not paid, for which nobody waits.
    """

    agency: str
    since: datetime
    waiting: tuple[Person, ...]
    more: int = 0
    undo: bool = False
    template: Literal["stripe_timed_out"] = "stripe_timed_out"

    @property
    def count(self) -> int:
        """How many people there are: those in `waiting`, and `more`."""
        return len(self.waiting) + self.more


@dataclass(frozen=True, slots=True)
class StripeRefuses:
    """A purchase that Stripe refuses for good, and why; `waiting` are the people who are Blocked now.

    `undo`: it is the undoing of a change that was not paid, for which nobody waits.
    The operator gets the mail too, and may have to put right what is wrong.
    """

    agency: str
    fault: StripeFault
    waiting: tuple[Person, ...]
    to_operator: bool = False
    more: int = 0
    undo: bool = False
    template: Literal["stripe_refuses"] = "stripe_refuses"

    @property
    def count(self) -> int:
        """How many people there are: those in `waiting`, and `more`."""
        return len(self.waiting) + self.more


BillingMail = (
    SeatsAutoAdded
    | PaymentDeclined
    | PaymentFailed
    | PaymentRecovered
    | Settled
    | PaymentAwaited
    | PaymentLapsed
    | SeatsPaid
    | SeatsChangedExternally
    | SubscriptionEnded
    | StripeNotice
    | StripeTimedOut
    | StripeRefuses
    | AutoAddLimit
)
"""Every one of them. To add a mail, add it here."""
