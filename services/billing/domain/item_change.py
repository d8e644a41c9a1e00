"""A change asks for both items at once, each with its quantity: a price without one would be a single seat of it.

Source: Stripe's documentation, "Update a subscription": `quantity` is 1 where another price is given without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.vocabulary import Quantities, SeatType


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What one item of the subscription is to be; `price` only where it is to become another."""

    item: str
    quantity: int
    price: str | None = None


def item_changes(
    items: Mapping[SeatType, str], quantities: Quantities, prices: Mapping[SeatType, str] | None = None
) -> tuple[ItemChange, ...]:
    """Both items as they are to be."""
    return tuple(
        ItemChange(items[seat_type], quantity, prices[seat_type] if prices else None)
        for seat_type, quantity in quantities
    )
