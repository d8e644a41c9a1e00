"""What billing does outside of a transaction: the payloads of its tasks, and the values in which they end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.billing import QuoteLine
from contracts.message import Seats
from contracts.rejections import InvoiceLimit, Rejection, of_code
from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, SeatType
from services.billing.domain.due_today import DueToday
from services.billing.domain.price_tier import PriceTier
from services.billing.domain.quote import Terms
from services.billing.domain.snapshots import Pending, StripeInvoiceSnapshot, StripeSubscriptionSnapshot

MONEY: Final = "money"
"""The lane of whatever changes a subscription: one at a time for an agency."""
PORTAL: Final = "portal"
"""The lane of clicks on the portal: never behind a purchase."""
OPEN_ACCOUNT: Final = "open_account"
SET_QUANTITIES: Final = "set_quantities"
SWITCH_CYCLE: Final = "switch_cycle"
SETTLE: Final = "settle"
PAY_OWED: Final = "pay_owed"
SETTLE_DUE: Final = "settle_due"
"""Kind, lane and key of the timer that has what is unsettled settled."""
OPEN_PORTAL: Final = "open_portal"
QUOTE: Final = "quote"
NEWS: Final = "news"
"""Kind, lane and key of the look at the subscription that Stripe's events ask for: a burst of them is one look."""
CARD_NEWS: Final = "card_news"
"""Kind, lane and key of the timer that gathers the events about one change of the card."""


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True)


class QuoteTask(_Plain):
    """Ask what a change would cost: other quantities (`after`), or another cycle with the same ones.

    `purchased` and `items` are what we know of the subscription, so that all can be asked at once; they may be wrong.
    """

    customer_id: str
    subscription_id: str
    purchased: Seats
    items: Mapping[SeatType, str] | None
    after: Seats | None = None
    cycle: BillingCycle | None = None


class OpenAccountTask(_Plain):
    """Make customer, card and subscription."""

    name: str
    email: str
    payment_method: str
    cycle: BillingCycle
    seats: Seats


class ChangeTask(_Plain):
    """Make the subscription's quantities `after`, if they are `before`; with `terms`, at their price or not at all.

    The terms of a switch name the other cycle's prices. `invoiced` are the seconds in which invoices were made lately,
    by what we know, and `waiting` the prorations that earlier changes left pending.
    """

    customer_id: str
    subscription_id: str
    before: Seats
    after: Seats
    terms: Terms | None = None
    invoiced: tuple[int, ...] = ()
    waiting: tuple[str, ...] = ()


class SettleTask(_Plain):
    """Invoice what waits, or pay the invoice that was not paid. `next`: another one was paid right before."""

    customer_id: str
    subscription_id: str
    unpaid: str | None = None
    next: bool = False


class SettleDue(_Plain):
    """It is time to settle; also what the timer ends in."""


class CardNews(_Plain):
    """The card may have changed; also what the timer ends in."""


class ReadNews(_Plain):
    """Read the subscription and these invoices; `version` is the account's when this was asked for.

    `left` are prorations that wait for an invoice, as far as we know.
    """

    customer_id: str
    subscription_id: str
    version: int
    invoices: tuple[str, ...]
    left: tuple[str, ...] = ()


class OpenPortalTask(_Plain):
    """Make a session of the portal."""

    customer_id: str
    flow: Literal["overview", "payment_method_update"]


class Opened(_Plain):
    """The account is open and paid."""

    snapshot: StripeSubscriptionSnapshot


class NotOpened(_Plain):
    """There is no account, and nothing at Stripe that bills."""

    code: RejectionCode
    decline_code: str | None = None


class ItemsChanged(_Plain):
    """The change was made, paid. `found`: somebody had edited the quantities since they were read.

    `left` are the prorations that it left for a later invoice, because the day's are used up.
    """

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot | None
    found: Quantities | None = None
    terms: Terms | None = None
    left: tuple[Pending, ...] = ()


class ItemsKept(_Plain):
    """Nothing was changed, and why; `snapshot` where the subscription was read and differed.

    `available_at`: when Stripe makes invoices again, for `invoice_limit`.
    """

    code: RejectionCode
    decline_code: str | None = None
    snapshot: StripeSubscriptionSnapshot | None = None
    available_at: AwareDatetime | None = None

    @property
    def rejection(self) -> Rejection:
        """The rejection with its figures."""
        if self.code is RejectionCode.INVOICE_LIMIT:
            return InvoiceLimit(self.available_at)
        return of_code(self.code, self.decline_code)


class NewsRead(_Plain):
    """The subscription and the invoices that were asked for, as Stripe has them; those it has no more are left out.

    `pending` waits for an invoice, `taken_by` is the one that has what waits no more.
    """

    version: int
    snapshot: StripeSubscriptionSnapshot
    invoices: tuple[StripeInvoiceSnapshot, ...]
    asked: tuple[str, ...]
    pending: tuple[str, ...] = ()
    taken_by: str | None = None


class NewsUnread(_Plain):
    """Stripe does not have the subscription at all, or not for our key."""


class StripeTimeout(_Plain):
    """Not settled for so long that the admins are told."""

    since: AwareDatetime


class QuoteMade(_Plain):
    """Stripe has named its price; cents. `lines` are the change's own, `pending` what it takes along."""

    quote_id: UUID
    before: Quantities
    terms: Terms
    due: DueToday
    tiers: Mapping[SeatType, PriceTier]
    lines: tuple[QuoteLine, ...]
    pending: tuple[QuoteLine, ...]


class NoQuote(_Plain):
    """There is no quote, and why."""

    quote_id: UUID
    code: RejectionCode


class SettlementPaid(_Plain):
    """One invoice took what waited, and is over. `pending` waits for another one."""

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot
    pending: tuple[str, ...]


class SettlementUnpaid(_Plain):
    """The invoice is made, and the card did not pay it. `next`: it paid another one right before."""

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot
    pending: tuple[str, ...]
    code: RejectionCode
    decline_code: str | None = None
    next: bool = False


class SettlementPutOff(_Plain):
    """No invoice was made: nothing waits, Stripe would not, or not before `at`."""

    code: RejectionCode
    at: AwareDatetime | None = None


class PortalReady(_Plain):
    """The portal's address, sealed."""

    sealed: str


class PortalClosed(_Plain):
    """Stripe would not open the portal."""


def quote_lane(session: str) -> str:
    """The lane of one session's quotes: one at a time, behind nobody else's and no purchase."""
    return f"{QUOTE}:{session}"


def task_key(kind: str, operation_id: object) -> str:
    """The key under which an operation's task is recorded."""
    return f"{kind}:{operation_id}"
