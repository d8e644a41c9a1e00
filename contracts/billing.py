"""Messages of the billing service: the agency's account, subscription, invoices and quotes at Stripe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.message import (
    AgencyParked,
    AgencyResumed,
    Code,
    Command,
    CommandRejected,
    Count,
    Event,
    Invoice,
    Owed,
    Payload,
    Rejected,
    Reply,
    Sealed,
    Seats,
    Text,
    Url,
    Words,
)
from contracts.vocabulary import (
    BillingCycle,
    ChangedBy,
    DisputeState,
    FrozenReason,
    InvoiceState,
    Lapse,
    PaymentState,
    RejectionCode,
    Reversal,
    SeatType,
    Service,
)

MOST_LINES = 250
"""Lines of a quote, of the change and pending: more become one, with their sum."""
MOST_ITEMS = 100
"""Items of a subscription beside the seats. Stripe takes 20."""
MOST_OPERATIONS = 1000
"""Operations that an event names: those beyond are settled, and not named."""


class SetQuantities(
    Command,
    type="billing.set_quantities.v1",
    outcomes=("billing.quantities_set.v1", "billing.quantities_rejected.v1"),
    senders=(Service.SEATS,),
):
    """Set the subscription's quantities to `after`, if they are `before` now. The command's id is the idempotency key.

    With a `quote_id` the command is an admin's change, made at the quote's price or not at all. Without one it is
    Auto-Add's, whose prorations may be left pending when the day's invoices are used up.
    """

    before: Seats
    after: Seats
    quote_id: UUID | None = None


class SwitchCycle(Command, type="billing.switch_cycle.v1", outcomes=("billing.cycle_switched.v1",)):
    """An admin switches the billing cycle, at the price of a quote. The command's id is the idempotency key."""

    cycle: BillingCycle
    quote_id: UUID


class CancelChange(Command, type="billing.cancel_change.v1", outcomes=("billing.payment_lapsed.v1",)):
    """An admin cancels the change that waits for its payment. Rejected with `nothing_awaited` if none waits."""


class PayOwed(
    Command,
    type="billing.pay_owed.v1",
    outcomes=("billing.payment_recovered.v1",),
    senders=(Service.SEATS,),
):
    """Charge the unpaid invoices to the card now, oldest first. Rejected with `nothing_to_change` if none is unpaid."""


class QuoteSeats(Command, type="billing.quote_seats.v1", outcomes=("billing.quoted.v1", "billing.quote_rejected.v1")):
    """Quote these seat counts. A newer quote of the same `session` replaces a quote that has not been started."""

    after: Seats
    session: Text


class QuoteCycle(Command, type="billing.quote_cycle.v1", outcomes=("billing.quoted.v1", "billing.quote_rejected.v1")):
    """Quote a billing cycle. A newer quote of the same `session` replaces a quote that has not been started."""

    cycle: BillingCycle
    session: Text


class OpenPortal(Command, type="billing.open_portal.v1", outcomes=("billing.portal_opened.v1",)):
    """Open a session of Stripe's billing portal, for one click. `payment_method_update` leads to the card's page."""

    flow: Literal["overview", "payment_method_update"] = "overview"


class PortalOpened(Reply, type="billing.portal_opened.v1"):
    """A portal session is open. `sealed` opens to {"url": "https://…"} for the gateway."""

    sealed: Sealed


class QuoteLine(Payload):
    """A line of the invoice that a change would make; `amount` in cents, negative for a credit."""

    description: Words
    amount: int
    seat_type: SeatType | None = None
    proration: bool = False
    quantity: int | None = None


class TierOfType(Payload):
    """The volume price of one seat type at a quantity, in cents per seat and cycle, and the next tier if it is near."""

    seat_type: SeatType
    quantity: Count
    unit_amount: int
    list_amount: int
    next_from: int | None = None
    next_unit_amount: int | None = None


class Quoted(Reply, type="billing.quoted.v1"):
    """The charge or credit that a change would make today, from Stripe's preview. Valid until `expires_at`; in cents.

    `due_now` is what the card would pay, `credit` what the customer balance would gain, `from_balance` what the balance
    would pay. `total_before` and `total` are the plan's price per cycle; `other_total` is the part of `total` for items
    that are not seats. `pending` are lines from earlier changes that the invoice would include. The charge may differ
    by up to `may_differ`, where Stripe cannot promise it. `on_account`: Stripe charges no card for the change.
    `saves_tenth`: a year costs each seat ten percent less than twelve months, with the prices of this switch.
    `ends_at`: somebody has scheduled the end of the subscription.
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
    lines: tuple[QuoteLine, ...] = Field(max_length=MOST_LINES)
    tiers: tuple[TierOfType, ...] = Field(max_length=len(SeatType))
    expires_at: AwareDatetime
    pending: tuple[QuoteLine, ...] = Field(default=(), max_length=MOST_LINES)
    may_differ: int = 0
    other_total: int = 0
    on_account: bool = False
    currency: Code = "usd"
    saves_tenth: bool = False
    ends_at: AwareDatetime | None = None


class QuoteRejected(Rejected, Reply, type="billing.quote_rejected.v1"):
    """There is no quote: a newer quote superseded it, or Stripe returned no price."""

    code: RejectionCode


class AccountOpened(Event, type="billing.account_opened.v1"):
    """The subscription exists, and its first invoice is paid. `total`: the plan's price per cycle, in cents."""

    customer_id: Text
    subscription_id: Text
    purchased: Seats
    cycle: BillingCycle
    total: int
    invoice: Invoice | None = None
    currency: Text = "usd"


class AccountRejected(Event, type="billing.account_rejected.v1"):
    """The account was not opened: the card was declined or needs authentication. Nothing at Stripe bills the agency."""

    code: RejectionCode
    decline_code: Code | None = None


class QuantitiesSet(Event, type="billing.quantities_set.v1"):
    """The subscription has the quantities `after`, and the added seats are paid unless `unsettled`.

    `charged` is what the card paid today, `total` the plan's new price per cycle, `other_total` the part of `total` for
    items that are not seats; all in cents. `unsettled`: the day's
    invoices are used up, so the next settling invoice charges the added seats.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    charged: int
    total: int
    cycle: BillingCycle
    invoice: Invoice | None = None
    unsettled: bool = False
    other_total: int = 0
    currency: Text = "usd"


class PaymentAwaited(Event, type="billing.payment_awaited.v1"):
    """A change waits for the payment of its invoice: no seat of it counts, and no other change is made meanwhile.

    `amount` is what the invoice asks for, in the smallest unit of `currency`. `confirm`: the bank wants the cardholder
    to confirm the payment; otherwise the subscription is on account, and Stripe sends the invoice. `until` is when the
    change is given up, or when the invoice is due. `sealed` opens to {"url": "https://…"}, Stripe's page of the
    invoice; None while Stripe has none. The change ends with QuantitiesSet or, of a switch from `cycle_before` to
    `cycle`, with CycleSwitched; or with PaymentLapsed.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    amount: int
    currency: Text = "usd"
    confirm: bool = False
    until: AwareDatetime | None = None
    invoice_number: Words | None = None
    sealed: Sealed | None = None
    cycle_before: BillingCycle | None = None
    cycle: BillingCycle | None = None


class PaymentLapsed(Event, type="billing.payment_lapsed.v1"):
    """A change whose invoice was not paid is undone: the agency has its seats of `before`, and owes nothing for it.

    Of a switch from `cycle_before` to `cycle`: the agency pays by `cycle_before`. `command_id` is the `cancel_change`
    of an admin who canceled the change, if one did.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    amount: int
    reason: Lapse
    currency: Text = "usd"
    invoice_number: Words | None = None
    cycle_before: BillingCycle | None = None
    cycle: BillingCycle | None = None
    command_id: UUID | None = None


class QuantitiesRejected(Rejected, Event, type="billing.quantities_rejected.v1"):
    """Nothing changed at Stripe. `code` is `stale` if the quantities were `actual`, not the command's `before`."""

    operation_id: UUID
    code: RejectionCode
    actual: Seats | None = None


class CycleSwitched(Event, type="billing.cycle_switched.v1"):
    """The agency pays by `cycle` now. `charged` is what the card paid today, `total` the price per cycle, in cents.

    `awaited`: the switch had waited for the payment of its invoice.
    """

    operation_id: UUID
    before: BillingCycle
    cycle: BillingCycle
    charged: int
    total_before: int
    total: int
    renews_at: AwareDatetime
    invoice: Invoice | None = None
    awaited: bool = False
    currency: Text = "usd"


class SubscriptionChanged(Event, type="billing.subscription_changed.v1"):
    """The subscription's quantities or prices have changed; `whose` names the author. Totals are in cents per cycle.

    `repriced`: an item has another price, which may be one of another cycle. The cycle and the total were
    `cycle_before` and `total_before`, as far as we knew.
    """

    whose: ChangedBy
    before: Seats
    after: Seats
    cycle: BillingCycle
    total: int
    repriced: bool = False
    cycle_before: BillingCycle | None = None
    total_before: int | None = None
    currency: Text = "usd"


class EditOverwritten(Event, type="billing.edit_overwritten.v1"):
    """Somebody had set the quantities to `edited` at Stripe while our operation was made, which set them to `after`.

    `before` are the quantities that the operation started from. Stripe has no compare-and-set to prevent it.
    """

    operation_id: UUID
    before: Seats
    edited: Seats
    after: Seats


class SubscriptionEnded(Event, type="billing.subscription_ended.v1"):
    """The subscription was cancelled at Stripe, or the customer was deleted. The agency has no purchased seats."""

    reason: FrozenReason
    whose: ChangedBy


class EndScheduled(Event, type="billing.end_scheduled.v1"):
    """Somebody has set the end of the subscription at Stripe. `before` is the end that was set until now, if any."""

    at: AwareDatetime
    before: AwareDatetime | None = None


class EndTakenBack(Event, type="billing.end_taken_back.v1"):
    """The scheduled end of the subscription, which was `at`, was taken back at Stripe."""

    at: AwareDatetime


class EndNear(Event, type="billing.end_near.v1"):
    """The subscription ends in seven days."""

    at: AwareDatetime


class OtherItem(Payload):
    """An item of the subscription that is not our seats, and never counts as seats.

    `amount` is in the smallest unit of `currency`, for `interval_count` times `interval` (Stripe's words: month, year);
    None where the use decides it. `in_total`: the item is billed with the seats, so the plan's total includes it.
    """

    name: Words
    quantity: int | None = None
    amount: int | None = None
    currency: Code = "usd"
    interval: Code = "month"
    interval_count: int = 1
    in_total: bool = False


class PlanChanged(Event, type="billing.plan_changed.v1"):
    """The agency's plan as Stripe has it now; amounts in cents.

    `total` is the price per cycle, `discount` the part of the list price that volume and the annual cycle save,
    `balance` the customer's credit (positive: it pays later invoices), `invoices_today` those of the last 24 hours.
    `others` are the items that are not seats; `other_total` is the part of `total` for those billed with the seats.
    `negotiated`: a seat type has a price that is not the catalogue's. `ends_at`: the scheduled end of the subscription.
    `coupons` is what discounts take off a cycle, and `tax` what is added to it.
    """

    cycle: BillingCycle
    total: int
    renews_at: AwareDatetime
    payment_state: PaymentState
    discount: int
    balance: int
    prices: tuple[TierOfType, ...] = Field(max_length=len(SeatType))
    invoices_today: Count
    invoices_renew_at: AwareDatetime | None = None
    others: tuple[OtherItem, ...] = Field(default=(), max_length=MOST_ITEMS)
    other_total: int = 0
    negotiated: bool = False
    ends_at: AwareDatetime | None = None
    coupons: int = 0
    tax: int = 0
    currency: Code = "usd"


class InvoiceChanged(Event, type="billing.invoice_changed.v1"):
    """An invoice at Stripe is new or has changed. `operation_id` names the operation that made the invoice.

    `credited` and `refunded` are cents that went back by credit notes and refunds; `dispute` is where a dispute of its
    payment stands. `reversal`: only these have changed.
    """

    invoice: Invoice
    state: InvoiceState
    at: AwareDatetime
    pdf_url: Url | None = None
    operation_id: UUID | None = None
    credited: int = 0
    refunded: int = 0
    dispute: DisputeState | None = None
    reversal: bool = False


class PaymentReversed(Event, type="billing.payment_reversed.v1"):
    """Money of an invoice went back, by a refund or a credit note, or its payment is disputed. `amount` in cents."""

    invoice: Invoice
    kind: Reversal
    amount: int


class PaymentFailed(Event, type="billing.payment_failed.v1"):
    """An invoice could not be paid: a renewal's, or (`settling`) the one for prorations that were left pending.

    DebtChanged, published with it, has the sum of all unpaid ones.
    """

    invoice: Invoice
    decline_code: Code | None = None
    settling: bool = False


class PaymentRecovered(Event, type="billing.payment_recovered.v1"):
    """Nothing is owed any more. `retried`: the payment was made for the command `pay_owed`, which ends with it.

    `paid` is what that command has charged to the card.
    """

    invoice: Invoice | None = None
    retried: bool = False
    paid: Owed | None = None


class DebtChanged(Event, type="billing.debt_changed.v1"):
    """The agency owes this: open invoices past their first attempt. PaymentRecovered says that it owes nothing more."""

    owed: Owed


class Settled(Event, type="billing.settled.v1"):
    """One invoice charged the prorations that were left pending. `charged` is what the card paid, in cents."""

    operation_ids: tuple[UUID, ...] = Field(max_length=MOST_OPERATIONS)
    seats: Seats
    charged: int
    invoice: Invoice | None = None
    currency: Text = "usd"


class ProrationsLost(Event, type="billing.prorations_lost.v1"):
    """Prorations that were left pending will never be charged: Stripe has dropped them, or their invoice is void.

    `amount` in cents is what the seats would have cost. `invoice` is the void one; None if the subscription's end
    dropped the prorations.
    """

    operation_ids: tuple[UUID, ...] = Field(max_length=MOST_OPERATIONS)
    seats: Seats
    amount: int
    invoice: Invoice | None = None
    currency: Text = "usd"


class StripeTimedOut(Event, type="billing.stripe_timed_out.v1"):
    """Stripe has not answered for ten minutes. billing keeps trying with the same key, so nothing is charged twice."""

    operation_id: UUID
    since: AwareDatetime


class CardChanged(Event, type="billing.card_changed.v1"):
    """The customer's card, or the choice of card, has changed at Stripe. A declined payment may succeed now."""


class BillingCommandRejected(CommandRejected, type="billing.command_rejected.v1"):
    """billing rejected a command."""


class ReplacedQuantity(Payload):
    """The quantity that an item of a subscription had before an update."""

    item: Text
    quantity: int


class StripeEvent(Payload):
    """A Stripe event on `stripe.events`: a hint that something about this customer has changed.

    `replaced` are the quantities that an update of a subscription has replaced; only Stripe's event has them.
    """

    event_id: Text
    type: Text
    customer_id: Text
    object_id: Words | None = None
    idempotency_key: Words | None = None
    created: AwareDatetime
    replaced: tuple[ReplacedQuantity, ...] = Field(default=(), max_length=MOST_ITEMS)


def replaced_quantities(previous: Mapping[str, Any]) -> tuple[ReplacedQuantity, ...]:
    """The quantities that an update replaced, from the event's `previous_attributes`; none where it changed no item.

    Source: Stripe's documentation, "The Event object".
    """
    items = (previous.get("items") or {}).get("data") or ()
    return tuple(
        ReplacedQuantity(item=str(item.get("id")), quantity=item["quantity"])
        for item in items[:MOST_ITEMS]
        if item.get("quantity") is not None
    )


class BillingAgencyParked(AgencyParked, type="billing.agency_parked.v1"):
    """The service billing could not handle a message, and holds back the agency's later ones."""


class BillingAgencyResumed(AgencyResumed, type="billing.agency_resumed.v1"):
    """The service billing handles the agency's messages again."""
