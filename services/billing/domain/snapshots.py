"""Readings of Stripe as plain values: a subscription and its items, its customer, an invoice, a preview.

A subscription has at most one item for each seat type. Other items on it are named, but never count as seats.

Amounts are cents; moments are Stripe's seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.payment_vocabulary import DisputeState, InvoiceState
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.card import StripeCardSnapshot
from services.billing.domain.plan_total import Package, RecurringTotals, Tier, cycle_amount, price_of_a_seat
from services.billing.domain.price_tier import PriceTier, price_tier

OVER: Final = frozenset({"canceled", "incomplete_expired"})
"""The statuses of a subscription that has ended."""
_ADJUSTING: Final = ("discount:", "tax:", "automatic_tax")
"""How the terms begin that change the total."""
INTERVALS: Final = {BillingCycle.MONTHLY: "month", BillingCycle.ANNUAL: "year"}
"""Stripe's words for the cycles that we sell."""


@dataclass(frozen=True, slots=True)
class StripeLineSnapshot:
    """A line of an invoice. `pending` is the id of the pending proration that it bills, if it bills one.

    `discount` is what coupons take off its amount, and `tax` what is added to the rest. In a credit both are negative.
    """

    amount: int
    description: str
    quantity: int | None
    item: str | None
    is_proration: bool
    pending: str | None
    period_start: int = 0
    period_end: int = 0
    tax: int = 0
    discount: int = 0

    @property
    def net(self) -> int:
        """The amount after its discount."""
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class StripeInvoiceSnapshot:
    """An invoice. `operation` is the id in the metadata of the invoice, or of the subscription when it was made.

    `subscription` is the one that it bills; None for an invoice that stands alone.
    `attempted`: the card was tried, or nothing was to be charged; False while a bank debit is under way. `settles`: we
    made the invoice to settle pending prorations. `lines` are Stripe's first ten. `due_at` is when a sent invoice is
    due, `voided_at` when it was voided. `amount_remaining` is still to be paid. `decline_code` is Stripe's, of the last
    try to charge the card, where we know it. `discount` is what coupons took off, and `tax` what was added.
    """

    id: str
    number: str | None
    total: int
    amount_paid: int
    url: str | None
    reason: str | None
    operation: str | None
    state: InvoiceState = InvoiceState.PAID
    created: int = 0
    pdf_url: str | None = None
    attempted: bool = True
    settles: bool = False
    lines: tuple[StripeLineSnapshot, ...] = ()
    subscription: str | None = None
    credited: int = 0
    due_at: int | None = None
    voided_at: int | None = None
    amount_remaining: int = 0
    currency: str = "usd"
    decline_code: str | None = None
    discount: int = 0
    tax: int = 0


@dataclass(frozen=True, slots=True)
class StripePaymentSnapshot:
    """A payment: its intent, the cents refunded of it, and where its dispute stands, with the cents disputed."""

    intent: str
    refunded: int = 0
    dispute: DisputeState | None = None
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class StripeItemSnapshot:
    """The seats of one type, their price, and the period for which they are paid.

    `is_graduated`: each seat costs the price of its own tier; `package`: so many seats have the price together. We
    sell neither, but somebody may re-price the item. `lookup_key` is None for a price outside of our catalogue.
    """

    id: str
    quantity: int
    tiers: tuple[Tier, ...]
    price: str = ""
    period_start: int = 0
    period_end: int = 0
    is_graduated: bool = False
    lookup_key: str | None = None
    package: Package | None = None

    @property
    def seat_tiers(self) -> tuple[Tier, ...]:
        """The tiers with the price of one seat."""
        return price_of_a_seat(self.tiers, self.package)

    def tier_at(self, quantity: int, cycle: BillingCycle) -> PriceTier:
        """The price of a seat among so many, and the quantity from which it is lower."""
        is_mixed = self.is_graduated or any(tier.flat for tier in self.tiers)
        return price_tier(self.seat_tiers, quantity, cycle, mixed=self.amount(quantity) if is_mixed else None)

    def amount(self, quantity: int) -> int:
        """The price of so many seats of this type for a full cycle, in cents."""
        return cycle_amount(self.tiers, quantity, is_graduated=self.is_graduated, package=self.package)


@dataclass(frozen=True, slots=True)
class OtherItem:
    """An item of the subscription that is not our seats. `amount` is None where the use decides the price.

    `amount` is in the smallest unit of `currency`, for `interval_count` times `interval` (Stripe's words: month, year).
    """

    id: str
    name: str
    quantity: int | None
    amount: int | None
    currency: str
    interval: str
    interval_count: int = 1


@dataclass(frozen=True, slots=True)
class StripeCustomerSnapshot:
    """The paying customer. A negative `balance` is credit for later invoices.

    `card` is the id of the payment method that is charged, and `details` what people know of it.
    """

    id: str
    balance: int = 0
    card: str | None = None
    is_deleted: bool = False
    details: StripeCardSnapshot | None = None


@dataclass(frozen=True, slots=True)
class StripeSubscriptionSnapshot:
    """A subscription. `operation` is the id of our last operation that changed it.

    `terms` are what else fixes its price: discounts, taxes, the collection, a pause, a trial. `recurring` are Stripe's
    totals of a cycle, read where discounts or taxes change them.
    `agency` is the agency's id in the metadata, which the operator's own subscriptions may lack. `others` are the items
    that are not our seats. `is_scheduled`: a schedule manages the items. `is_on_account`: Stripe charges no card
    for its invoices. `pending_until` is when Stripe gives up the update that waits for its payment, None without one;
    `confirming` is the operation that last began such an update. `end_reason` is Stripe's reason of a cancellation.
    `created` and `ends_at`, the scheduled end, are in Stripe's seconds; `ends_with_period`: a new period moves the end.
    """

    id: str
    status: str
    cycle: BillingCycle
    items: Mapping[SeatType, StripeItemSnapshot]
    operation: str | None
    latest_invoice: StripeInvoiceSnapshot | None
    customer: StripeCustomerSnapshot = StripeCustomerSnapshot("")
    end_reason: str | None = None
    others: tuple[OtherItem, ...] = ()
    currency: str = "usd"
    agency: str | None = None
    created: int = 0
    is_scheduled: bool = False
    is_on_account: bool = False
    ends_at: int | None = None
    ends_with_period: bool = False
    terms: tuple[str, ...] = ()
    recurring: RecurringTotals | None = None
    pending_until: int | None = None
    confirming: str | None = None

    @property
    def is_adjusted(self) -> bool:
        """True when discounts or taxes change the total, so that only Stripe's preview knows it."""
        return any(term.startswith(_ADJUSTING) for term in self.terms)

    @property
    def quantities(self) -> Quantities:
        """The seats of both types; a type without an item has none."""
        counts = {seat_type: item.quantity for seat_type, item in self.items.items()}
        return Quantities(counts.get(SeatType.BASE, 0), counts.get(SeatType.VOICE, 0))

    @property
    def is_over(self) -> bool:
        """True when the subscription has ended. Stripe revives none, but the customer may get another one."""
        return self.status in OVER

    @property
    def is_charged(self) -> bool:
        """False while Stripe leaves the subscription's invoices as drafts, or makes none, instead of charging them."""
        return self.status not in {"unpaid", "incomplete", "paused"}

    @property
    def is_paused(self) -> bool:
        """True after a trial that ended without a card, until somebody resumes the subscription at Stripe."""
        return self.status == "paused"

    @property
    def item_ids(self) -> dict[SeatType, str]:
        """The ids of the items."""
        return {seat_type: item.id for seat_type, item in self.items.items()}

    @property
    def prices(self) -> dict[SeatType, str]:
        """The ids of the items' prices."""
        return {seat_type: item.price for seat_type, item in self.items.items()}

    @property
    def has_negotiated_price(self) -> bool:
        """True when an item has a price without a lookup key: none of our catalogue's."""
        return any(item.lookup_key is None for item in self.items.values())

    def total_for(self, quantities: Quantities) -> int:
        """The price of a full cycle of these quantities and of the other items, in cents.

        With discounts or taxes it is Stripe's, which is known for the quantities that the subscription has.
        """
        if self.recurring is not None and quantities == self.quantities:
            return self.recurring.total
        return self.list_total(quantities)

    def list_total(self, quantities: Quantities) -> int:
        """The price of a full cycle before discounts and taxes, in cents."""
        seats = sum(item.amount(quantities.of(seat_type)) for seat_type, item in self.items.items())
        return seats + self.other_total

    @property
    def other_total(self) -> int:
        """The price of a full cycle of the other items that are billed with the seats, in cents."""
        return sum(item.amount or 0 for item in self.others if self.bills_with_seats(item))

    def bills_with_seats(self, item: OtherItem) -> bool:
        """True when an other item has the seats' interval and currency, so that its price is part of the total."""
        every = (item.currency, item.interval, item.interval_count)
        return every == (self.currency, INTERVALS[self.cycle], 1)


@dataclass(frozen=True, slots=True)
class PendingProration:
    """A proration that waits for the next invoice; `item` is its subscription item, None for a charge by hand.

    `discount` is what coupons took off its amount when it was made.
    """

    id: str
    amount: int
    description: str
    quantity: int | None
    item: str | None
    discount: int = 0

    @property
    def net(self) -> int:
        """The amount after its discount."""
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class Preview:
    """The preview of an invoice. `is_whole` is False when Stripe has cut off its lines after the first ten.

    `proration_date` is the second for which Stripe calculated it; None when Stripe names none. `discount` is what
    coupons take off the lines, and `tax` what is added to them.
    """

    total: int
    amount_due: int
    proration_date: int | None
    lines: tuple[StripeLineSnapshot, ...]
    is_whole: bool
    discount: int = 0
    tax: int = 0
