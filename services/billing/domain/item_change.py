"""A change names both items, each with its quantity: an item with a new price and no quantity would become one seat.

Source: Stripe's documentation, "Update a subscription": `quantity` defaults to 1 when the price changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.vocabulary import Quantities, SeatType


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item of the subscription after the change; `price` is None when it stays the same."""

    item: str
    quantity: int
    price: str | None = None


def item_changes(
    items: Mapping[SeatType, str], quantities: Quantities, prices: Mapping[SeatType, str] | None = None
) -> tuple[ItemChange, ...]:
    """Both items after a change to these quantities, and to these prices if there are any."""
    return tuple(
        ItemChange(items[seat_type], quantity, prices[seat_type] if prices else None)
        for seat_type, quantity in quantities
    )


def begins_new_period(changes: Sequence[ItemChange]) -> bool:
    """True for a switch of the cycle: both items get other prices, and begin their period now.

    In flexible billing mode Stripe keeps the billing date unless the update asks for a new one: a switch in December
    would bill the whole year again in March.
    Source: Stripe's documentation, "Set the subscription billing renewal date".
    """
    return any(change.price is not None for change in changes)
