"""Messages of the billing service: its commands, and the events about the agency's account and subscription."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.billing_quotes import TierOfType
from contracts.message import (
    AgencyParked,
    AgencyResumed,
    Code,
    Command,
    CommandRejected,
    Count,
    Event,
    Invoice,
    Payload,
    Rejected,
    Reply,
    Sealed,
    Seats,
    Text,
    Words,
)
from contracts.payment_vocabulary import PaymentState
from contracts.stripe_events import MOST_ITEMS
from contracts.vocabulary import BillingCycle, ChangedBy, FrozenReason, RejectionCode, SeatType, Service


class SetQuantities(
    Command,
    type="billing.set_quantities.v1",
    outcomes=("billing.quantities_set.v1", "billing.quantities_rejected.v1"),
    senders=(Service.SEATS,),
):
    """Set the subscription's quantities to `after`, if they are `before` now. The command's id is the idempotency key.

    With a `quote_id` the command is an admin's change, made at the quote's price or not at all. Without one it is
    Auto-Add's, whose prorations may be left pending when the day's invoices are used up. With `renewal` it is a
    reduction for the renewal at that moment: nothing is credited, and it is `stale` once the renewal has come or moved.
    """

    before: Seats
    after: Seats
    quote_id: UUID | None = None
    renewal: AwareDatetime | None = None


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
    """The account was not opened: the card was declined or needs authentication. Nothing at Stripe bills the agency.

    `given_up`: Stripe did not complete the opening within a day. What it has made is refunded and deleted.
    """

    code: RejectionCode
    decline_code: Code | None = None
    given_up: bool = False


class QuantitiesSet(Event, type="billing.quantities_set.v1"):
    """The subscription has the quantities `after`, and the added seats are paid unless `unsettled`.

    `charged` is what the card paid today, `total` the plan's new price per cycle, `other_total` the part of `total` for
    items that are not seats; all in cents. `unsettled`: the day's
    invoices are used up, so the next settling invoice charges the added seats. `on_next_invoice`: somebody had set the
    same quantities at Stripe in the same moment, so that this change charged nothing; the cents wait for Stripe's next
    regular invoice.
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
    on_next_invoice: int | None = None


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


class CardOnFile(Payload):
    """The payment method that Stripe charges; `kind` and `brand` are Stripe's words. A bank account never expires."""

    kind: Code
    brand: Code | None = None
    last4: Code | None = None
    exp_month: int | None = None
    exp_year: int | None = None


class PlanChanged(Event, type="billing.plan_changed.v1"):
    """The agency's plan as Stripe has it now; amounts in cents.

    `total` is the price per cycle, `discount` the part of the list price that volume and the annual cycle save,
    `balance` the customer's credit (positive: it pays later invoices), `invoices_today` those of the last 24 hours.
    `others` are the items that are not seats; `other_total` is the part of `total` for those billed with the seats.
    `negotiated`: a seat type has a price that is not the catalogue's. `ends_at`: the scheduled end of the subscription.
    `coupons` is what discounts take off a cycle, and `tax` what is added to it. `card` is the payment method on file.
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
    card: CardOnFile | None = None


class BillingCommandRejected(CommandRejected, type="billing.command_rejected.v1"):
    """billing rejected a command."""


class BillingAgencyParked(AgencyParked, type="billing.agency_parked.v1"):
    """The service billing could not handle a message, and holds back the agency's later ones."""


class BillingAgencyResumed(AgencyResumed, type="billing.agency_resumed.v1"):
    """The service billing handles the agency's messages again."""
