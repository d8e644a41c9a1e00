"""A change names each item with its quantity: an item with a new price and no quantity would become one seat.

A seat type without an item, because somebody has removed it at Stripe by hand, gets a new item if the change has
seats of it, and is left out otherwise.
Source: Stripe's documentation, "Update a subscription": `quantity` defaults to 1 when the price changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.vocabulary import Quantities, SeatType


class Billed(StrEnum):
    """When Stripe bills a change of the items, by its name for it. AT_RENEWAL: nothing is prorated."""

    NOW = "always_invoice"
    LATER = "create_prorations"
    AT_RENEWAL = "none"


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item of the subscription after the change; `price` is None when it stays the same.

    `item` is None for a new item, which has a `price` and the seat type in `added`.
    """

    item: str | None
    quantity: int
    price: str | None = None
    added: SeatType | None = None


def missing(items: Mapping[SeatType, str], quantities: Quantities) -> frozenset[SeatType]:
    """The seat types that a change to these quantities has to add to the subscription."""
    return frozenset(seat_type for seat_type, quantity in quantities if quantity and seat_type not in items)


def item_changes(
    items: Mapping[SeatType, str], quantities: Quantities, prices: Mapping[SeatType, str] | None = None
) -> tuple[ItemChange, ...]:
    """The items after a change to these quantities. `prices` are those to which items move, or at which they are added.

    A seat type without an item and without seats is left out.
    """
    return tuple(
        ItemChange(
            items.get(seat_type), quantity, (prices or {}).get(seat_type), None if seat_type in items else seat_type
        )
        for seat_type, quantity in quantities
        if quantity or seat_type in items
    )


def begins_new_period(changes: Sequence[ItemChange]) -> bool:
    """True for a switch of the cycle: the items move to other prices, and begin their period now.

    In flexible billing mode Stripe keeps the billing date unless the update asks for a new one: a switch in December
    would bill the whole year again in March.
    Source: Stripe's documentation, "Set the subscription billing renewal date".
    """
    return any(change.price is not None and change.item is not None for change in changes)
