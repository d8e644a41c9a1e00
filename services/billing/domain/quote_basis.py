"""A quote is for one state of the subscription: everything that fixes its price.

That is the items with their prices, quantities and periods, discounts, taxes, the collection method, a pause, a
schedule, a trial, the scheduled end, the balance, and the pending prorations.

If any of them has changed when the quote is executed, the quote is stale and nothing is charged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.vocabulary import SeatType
from services.billing.domain.snapshots import PendingProration, StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class QuoteBasisItem:
    """One item; its period in Stripe's seconds."""

    id: str
    price: str
    quantity: int
    period_start: int
    period_end: int


@dataclass(frozen=True, slots=True)
class QuoteBasis:
    """The state that a quote is for. `pending` has (id, cents) of each pending proration.

    `others` has the id, the quantity and the price of each item that is not seats. `terms` are the discounts, taxes,
    collection, pause, trial and schedule.
    """

    items: tuple[QuoteBasisItem, ...]
    balance: int
    pending: tuple[tuple[str, int], ...]
    others: tuple[tuple[str, int | None, int | None], ...] = ()
    on_account: bool = False
    ends_at: int | None = None
    terms: tuple[str, ...] = ()


def quote_basis_of(snapshot: StripeSubscriptionSnapshot, pending: Iterable[PendingProration]) -> QuoteBasis:
    """The state of the subscription, when a quote is made and when it is executed."""
    items = tuple(snapshot.items[seat_type] for seat_type in SeatType if seat_type in snapshot.items)
    return QuoteBasis(
        items=tuple(
            QuoteBasisItem(item.id, item.price, item.quantity, item.period_start, item.period_end) for item in items
        ),
        balance=snapshot.customer.balance,
        pending=tuple(sorted((proration.id, proration.amount) for proration in pending)),
        others=tuple((item.id, item.quantity, item.amount) for item in snapshot.others),
        on_account=snapshot.is_on_account,
        ends_at=snapshot.ends_at,
        terms=snapshot.terms,
    )
