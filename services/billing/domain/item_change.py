"""A change names both items, each with its quantity: an item with a new price and no quantity would become one seat.

Source: Stripe's documentation, "Update a subscription": `quantity` defaults to 1 when the price changes.
"""

from __future__ import annotations

from collections.abc import Mapping
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
