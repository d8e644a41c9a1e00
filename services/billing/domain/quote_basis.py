"""A quote is for one state of the subscription: its items, prices, quantities and periods, the balance, what waits.

Whatever of that has changed by the time the quote is to be executed makes it stale: never a different price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.vocabulary import SeatType
from services.billing.domain.snapshots import Pending, StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class QuoteBasisItem:
    """One item as it stood; the period in Stripe's seconds."""

    id: str
    price: str
    quantity: int
    period_start: int
    period_end: int


@dataclass(frozen=True, slots=True)
class QuoteBasis:
    """The state that a quote was made for; two that are equal bill the same. `pending`: (id, cents) of what waits."""

    items: tuple[QuoteBasisItem, ...]
    balance: int
    pending: tuple[tuple[str, int], ...]


def quote_basis_of(snapshot: StripeSubscriptionSnapshot, pending: Iterable[Pending]) -> QuoteBasis:
    """How the subscription stands, for a quote to be made or executed."""
    items = tuple(snapshot.items[seat_type] for seat_type in SeatType if seat_type in snapshot.items)
    return QuoteBasis(
        items=tuple(
            QuoteBasisItem(item.id, item.price, item.quantity, item.period_start, item.period_end) for item in items
        ),
        balance=snapshot.customer.balance,
        pending=tuple(sorted((one.id, one.amount) for one in pending)),
    )
