"""What was read at Stripe, as plain values: a subscription of two items, and an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.plan_total import Tier, plan_total


@dataclass(frozen=True, slots=True)
class SeenInvoice:
    """An invoice; amounts in cents. `operation` is the one noted on the subscription when the invoice was made."""

    id: str
    number: str | None
    total: int
    amount_paid: int
    url: str | None
    reason: str | None
    operation: str | None


@dataclass(frozen=True, slots=True)
class SeenItem:
    """What is bought of one seat type, and its price."""

    id: str
    quantity: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class SeenSubscription:
    """A subscription as Stripe answered it. `operation` is the last of ours that changed it."""

    id: str
    status: str
    cycle: BillingCycle
    items: Mapping[SeatType, SeenItem]
    operation: str | None
    latest_invoice: SeenInvoice | None

    @property
    def quantities(self) -> Quantities:
        """The seats of both types; a type without an item has none."""
        counts = {seat_type: item.quantity for seat_type, item in self.items.items()}
        return Quantities(counts.get(SeatType.BASE, 0), counts.get(SeatType.VOICE, 0))

    @property
    def is_usable(self) -> bool:
        """True when seats can be bought on it: it has not ended, and both its items are there."""
        return self.status not in {"canceled", "incomplete_expired"} and self.items.keys() == set(SeatType)

    def total_for(self, quantities: Quantities) -> int:
        """What a full cycle of these quantities costs, in cents, at the prices that Stripe answered."""
        return plan_total((item.tiers, quantities.of(seat_type)) for seat_type, item in self.items.items())
