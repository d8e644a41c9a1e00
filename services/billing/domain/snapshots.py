"""What was read at Stripe, as plain values: a subscription of two items, its customer, an invoice, a preview.

Amounts are cents, moments are Stripe's seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.vocabulary import BillingCycle, InvoiceState, Quantities, SeatType
from services.billing.domain.plan_total import Tier, plan_total


@dataclass(frozen=True, slots=True)
class StripeLineSnapshot:
    """A line of an invoice. `pending` is the waiting proration that it takes along, if it does."""

    amount: int
    description: str
    quantity: int | None
    item: str | None
    is_proration: bool
    pending: str | None
    period_start: int = 0


@dataclass(frozen=True, slots=True)
class StripeInvoiceSnapshot:
    """An invoice. `operation` is the one noted on the subscription (or on the invoice) when the invoice was made.

    `attempted`: the card was tried, or nothing was to be charged. `settles`: we made it of what waited, by itself.
    `lines` are Stripe's first ten.
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
    """What is bought of one seat type, at which price, and for which period it is paid."""

    id: str
    quantity: int
    tiers: tuple[Tier, ...]
    price: str = ""
    period_start: int = 0
    period_end: int = 0


@dataclass(frozen=True, slots=True)
class StripeCustomerSnapshot:
    """Who pays. `balance`: negative is credit that later invoices use. `card`: the payment method that is charged."""

    id: str
    balance: int = 0
    card: str | None = None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class StripeSubscriptionSnapshot:
    """A subscription as Stripe answered it. `operation` is the last of ours that changed it.

    `end_reason` is Stripe's word for why it was cancelled, where it was.
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
        """True when it has ended: Stripe revives none, but the customer may get another one."""
        return self.status in {"canceled", "incomplete_expired"}

    @property
    def is_usable(self) -> bool:
        """True when seats can be bought on it: it has not ended, and both its items are there."""
        return not self.is_over and self.items.keys() == set(SeatType)

    @property
    def is_charged(self) -> bool:
        """False while Stripe makes drafts of its invoices, or none, instead of charging them."""
        return self.status not in {"unpaid", "incomplete", "paused"}

    @property
    def item_ids(self) -> dict[SeatType, str]:
        """The ids of its items."""
        return {seat_type: item.id for seat_type, item in self.items.items()}

    def total_for(self, quantities: Quantities) -> int:
        """What a full cycle of these quantities costs, in cents, at the prices that Stripe answered."""
        return plan_total((item.tiers, quantities.of(seat_type)) for seat_type, item in self.items.items())


@dataclass(frozen=True, slots=True)
class Pending:
    """A proration that waits for the next invoice; `item` is the subscription item that it is of."""

    id: str
    amount: int
    description: str
    quantity: int | None
    item: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """An invoice that would be made. `is_whole`: all its lines are here; Stripe shows the first ten.

    `proration_date` is the second for which Stripe reckoned it; None when it says none.
    """

    total: int
    amount_due: int
    proration_date: int | None
    lines: tuple[StripeLineSnapshot, ...]
    is_whole: bool
