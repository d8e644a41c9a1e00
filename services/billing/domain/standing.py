"""A quote is for one state of the subscription: its items, prices, quantities and periods, the balance, what waits.

Whatever of that has changed by the time the quote is to be executed makes it stale: never a different price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.vocabulary import SeatType
from services.billing.domain.seen import Pending, SeenSubscription


@dataclass(frozen=True, slots=True)
class StandingItem:
    """One item as it stood; the period in Stripe's seconds."""

    id: str
    price: str
    quantity: int
    period_start: int
    period_end: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The state that a quote was made for; two that are equal bill the same. `pending`: (id, cents) of what waits."""

    items: tuple[StandingItem, ...]
    balance: int
    pending: tuple[tuple[str, int], ...]


def standing_of(seen: SeenSubscription, pending: Iterable[Pending]) -> Standing:
    """How the subscription stands, for a quote to be made or executed."""
    items = tuple(seen.items[seat_type] for seat_type in SeatType if seat_type in seen.items)
    return Standing(
        items=tuple(
            StandingItem(item.id, item.price, item.quantity, item.period_start, item.period_end) for item in items
        ),
        balance=seen.customer.balance,
        pending=tuple(sorted((one.id, one.amount) for one in pending)),
    )
