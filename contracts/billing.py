"""What the billing service is asked and says: the agency's account and subscription at Stripe."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.message import Command, CommandRejected, Count, Event, Invoice, Payload, Rejected, Reply, Seats, Text
from contracts.vocabulary import (
    BillingCycle,
    ChangedBy,
    FrozenReason,
    InvoiceState,
    PaymentState,
    RejectionCode,
    SeatType,
)


class SetQuantities(
    Command,
    type="billing.set_quantities.v1",
    outcomes=("billing.quantities_set.v1", "billing.quantities_rejected.v1"),
):
    """Make the subscription's quantities `after`, if they are `before` now. Its id is the idempotency key.

    With a `quote_id` it is an admin's change, made at the quote's price or not at all. Without one it is Auto-Add's,
    which may be left unsettled when the day's invoices are used up.
    """

    before: Seats
    after: Seats
    quote_id: UUID | None = None


class SwitchCycle(Command, type="billing.switch_cycle.v1", outcomes=("billing.cycle_switched.v1",)):
    """An admin has the agency pay monthly or annually from now on, at the price of a quote. Its id is the key."""

    cycle: BillingCycle
    quote_id: UUID


class PayOwed(Command, type="billing.pay_owed.v1", outcomes=("billing.payment_recovered.v1",)):
    """Charge what is owed to the card now. Refused with `nothing_to_change` when nothing is."""


class QuoteSeats(Command, type="billing.quote_seats.v1", outcomes=("billing.quoted.v1", "billing.quote_rejected.v1")):
    """What these counts would cost. A newer one of the same `session` replaces one that has not been started."""

    after: Seats
    session: Text


class QuoteCycle(Command, type="billing.quote_cycle.v1", outcomes=("billing.quoted.v1", "billing.quote_rejected.v1")):
    """What paying monthly or annually would cost. A newer quote of the same `session` replaces it."""

    cycle: BillingCycle
    session: Text


class OpenPortal(Command, type="billing.open_portal.v1", outcomes=("billing.portal_opened.v1",)):
    """Make a session of Stripe's hosted billing portal, for this click. `flow` leads straight to the card's page."""

    flow: Literal["overview", "payment_method_update"] = "overview"


class PortalOpened(Reply, type="billing.portal_opened.v1"):
    """The portal is open. `sealed` opens to {"url": "https://…"} for the gateway."""

    sealed: str


class QuoteLine(Payload):
    """A line of the invoice that a change would make; `amount` in cents, negative for a credit."""

    description: str
    amount: int
    seat_type: SeatType | None = None
    proration: bool = False
    quantity: int | None = None


class TierOfType(Payload):
    """The volume price of one seat type at a quantity, in cents a seat and cycle, and the tier that is near."""

    seat_type: SeatType
    quantity: Count
    unit_amount: int
    list_amount: int
    next_from: int | None = None
    next_unit_amount: int | None = None


class Quoted(Reply, type="billing.quoted.v1"):
    """What a change would charge or credit today, by Stripe's own preview; good until `expires_at`. Cents throughout.

    `due_now` is what the card would pay, `credit` what would go to the customer balance, `from_balance` what the
    balance would pay. `total_before` and `total` are the plan's price a cycle. `pending` are lines from earlier that
    the change would bring along. `may_differ` is by how much the charge may differ where Stripe cannot promise it.
    """

    quote_id: UUID
    before: Seats
    after: Seats
    cycle_before: BillingCycle
    cycle: BillingCycle
    due_now: int
    credit: int
    from_balance: int
    total_before: int
    total: int
    lines: tuple[QuoteLine, ...]
    tiers: tuple[TierOfType, ...]
    expires_at: AwareDatetime
    pending: tuple[QuoteLine, ...] = ()
    may_differ: int = 0


class QuoteRejected(Rejected, Reply, type="billing.quote_rejected.v1"):
    """There is no quote: `superseded` by a newer one, or Stripe would not say."""

    code: RejectionCode


class AccountOpened(Event, type="billing.account_opened.v1"):
    """Customer, card and subscription exist, the first invoice is paid. `total`: the plan's price a cycle, in cents."""

    customer_id: Text
    subscription_id: Text
    purchased: Seats
    cycle: BillingCycle
    total: int
    invoice: Invoice | None = None


class AccountRejected(Event, type="billing.account_rejected.v1"):
    """No account: the card was declined or wants authentication; nothing is left at Stripe that bills."""

    code: RejectionCode
    decline_code: str | None = None


class QuantitiesSet(Event, type="billing.quantities_set.v1"):
    """The subscription has the quantities of `after`, paid (or unsettled).

    `charged` is what the card paid today, `total` the plan's price a cycle from now on; both in cents. `unsettled`: the
    day's invoices are used up, so the added seats are charged with the next settling invoice.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    charged: int
    total: int
    cycle: BillingCycle
    invoice: Invoice | None = None
    unsettled: bool = False


class QuantitiesRejected(Rejected, Event, type="billing.quantities_rejected.v1"):
    """Nothing changed at Stripe. `code` is `stale` when the quantities were `actual`, not the command's `before`."""

    operation_id: UUID
    code: RejectionCode
    actual: Seats | None = None


class CycleSwitched(Event, type="billing.cycle_switched.v1"):
    """The agency pays by `cycle` now. Cents: `charged` is what the card paid today, `total` the price of a cycle."""

    operation_id: UUID
    before: BillingCycle
    cycle: BillingCycle
    charged: int
    total_before: int
    total: int
    renews_at: AwareDatetime
    invoice: Invoice | None = None


class SubscriptionChanged(Event, type="billing.subscription_changed.v1"):
    """The subscription's quantities are others than we knew, and whose change it was. `total` in cents a cycle."""

    whose: ChangedBy
    before: Seats
    after: Seats
    cycle: BillingCycle
    total: int


class SubscriptionEnded(Event, type="billing.subscription_ended.v1"):
    """The subscription was cancelled, or the customer deleted, at Stripe: it gives no seats any more."""

    reason: FrozenReason
    whose: ChangedBy


class PlanChanged(Event, type="billing.plan_changed.v1"):
    """What the agency pays, as Stripe has it now; amounts in cents.

    `total` is the price of a cycle, `discount` what volume and the annual cycle save of the list price a cycle,
    `balance` the customer's credit (positive: it pays later invoices), `invoices_today` those of the last 24 hours.
    """

    cycle: BillingCycle
    total: int
    renews_at: AwareDatetime
    payment_state: PaymentState
    discount: int
    balance: int
    prices: tuple[TierOfType, ...]
    invoices_today: Count
    invoices_renew_at: AwareDatetime | None = None


class InvoiceChanged(Event, type="billing.invoice_changed.v1"):
    """An invoice of Stripe's is new, or stands otherwise than before. `operation_id` is the change that made it."""

    invoice: Invoice
    state: InvoiceState
    at: AwareDatetime
    pdf_url: str | None = None
    operation_id: UUID | None = None


class PaymentFailed(Event, type="billing.payment_failed.v1"):
    """An invoice could not be paid: a renewal's, or (`settling`) that of seats that were left unsettled."""

    invoice: Invoice
    decline_code: str | None = None
    settling: bool = False


class PaymentRecovered(Event, type="billing.payment_recovered.v1"):
    """What was unpaid is paid. `retried`: because an admin asked for it (`pay_owed`), whose other try ends with it."""

    invoice: Invoice | None = None
    retried: bool = False


class Settled(Event, type="billing.settled.v1"):
    """One invoice took the seats that were left unsettled; `charged` is what the card paid (cents)."""

    operation_ids: tuple[UUID, ...]
    seats: Seats
    charged: int
    invoice: Invoice | None = None


class StripeTimedOut(Event, type="billing.stripe_timed_out.v1"):
    """Stripe has not answered for ten minutes; we go on trying with the same key, nothing is charged twice."""

    operation_id: UUID
    since: AwareDatetime


class CardChanged(Event, type="billing.card_changed.v1"):
    """The customer's card, or which one is charged, has changed at Stripe: what was declined is worth another try."""


class BillingCommandRejected(CommandRejected, type="billing.command_rejected.v1"):
    """A command to billing was refused."""


class StripeEvent(Payload):
    """A webhook event as it lies on `stripe.events`: a hint that something about this customer changed."""

    event_id: Text
    type: Text
    customer_id: Text
    object_id: str | None = None
    idempotency_key: str | None = None
    created: AwareDatetime
