"""What was read at Stripe, as plain values: a subscription of two items, its customer, an invoice, a preview.

Amounts are cents; moments are Stripe's seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.vocabulary import BillingCycle, InvoiceState, Quantities, SeatType
from services.billing.domain.plan_total import Tier, plan_total


@dataclass(frozen=True, slots=True)
class StripeLineSnapshot:
    """A line of an invoice. `pending` is the id of the pending proration that it bills, if it bills one."""

    amount: int
    description: str
    quantity: int | None
    item: str | None
    is_proration: bool
    pending: str | None
    period_start: int = 0


@dataclass(frozen=True, slots=True)
class StripeInvoiceSnapshot:
    """An invoice. `operation` is the id in the metadata of the invoice, or of the subscription when it was made.

    `attempted`: the card was tried, or nothing was to be charged. `settles`: we made the invoice to settle pending
    prorations. `lines` are Stripe's first ten.
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


@dataclass(frozen=True, slots=True)
class StripeItemSnapshot:
    """The seats of one type, their price, and the period for which they are paid."""

    id: str
    quantity: int
    tiers: tuple[Tier, ...]
    price: str = ""
    period_start: int = 0
    period_end: int = 0


@dataclass(frozen=True, slots=True)
class StripeCustomerSnapshot:
    """The paying customer. A negative `balance` is credit for later invoices. `card` is the payment method charged."""

    id: str
    balance: int = 0
    card: str | None = None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class StripeSubscriptionSnapshot:
    """A subscription. `operation` is the id of our last operation that changed it.

    `end_reason` is Stripe's reason of a cancellation.
    """

    id: str
    status: str
    cycle: BillingCycle
    items: Mapping[SeatType, StripeItemSnapshot]
    operation: str | None
    latest_invoice: StripeInvoiceSnapshot | None
    customer: StripeCustomerSnapshot = StripeCustomerSnapshot("")
    end_reason: str | None = None

    @property
    def quantities(self) -> Quantities:
        """The seats of both types; a type without an item has none."""
        counts = {seat_type: item.quantity for seat_type, item in self.items.items()}
        return Quantities(counts.get(SeatType.BASE, 0), counts.get(SeatType.VOICE, 0))

    @property
    def is_over(self) -> bool:
        """True when the subscription has ended. Stripe revives none, but the customer may get another one."""
        return self.status in {"canceled", "incomplete_expired"}

    @property
    def is_usable(self) -> bool:
        """True when seats can be bought: the subscription has not ended, and has both items."""
        return not self.is_over and self.items.keys() == set(SeatType)

    @property
    def is_charged(self) -> bool:
        """False while Stripe leaves the subscription's invoices as drafts, or makes none, instead of charging them."""
        return self.status not in {"unpaid", "incomplete", "paused"}

    @property
    def item_ids(self) -> dict[SeatType, str]:
        """The ids of the items."""
        return {seat_type: item.id for seat_type, item in self.items.items()}

    def total_for(self, quantities: Quantities) -> int:
        """The price of a full cycle of these quantities, in cents, at the subscription's prices."""
        return plan_total((item.tiers, quantities.of(seat_type)) for seat_type, item in self.items.items())


@dataclass(frozen=True, slots=True)
class PendingProration:
    """A proration that waits for the next invoice; `item` is its subscription item."""

    id: str
    amount: int
    description: str
    quantity: int | None
    item: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The preview of an invoice. `is_whole` is False when Stripe has cut off its lines after the first ten.

    `proration_date` is the second for which Stripe calculated it; None when Stripe names none.
    """

    total: int
    amount_due: int
    proration_date: int | None
    lines: tuple[StripeLineSnapshot, ...]
    is_whole: bool
