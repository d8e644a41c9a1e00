"""Volume pricing: the whole quantity of a seat type picks one unit price, and every seat costs that price.

Source: Stripe's documentation, "Pricing models: volume". So at a tier's edge one seat fewer can cost more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """The unit price in cents (a fraction of a cent is possible) up to this many seats; None: any number."""

    up_to: int | None
    unit: Decimal


def unit_price(tiers: Sequence[Tier], quantity: int) -> Decimal:
    """The price of one seat among `quantity`, in cents; ValueError when no tier is large enough."""
    for tier in tiers:
        if tier.up_to is None or quantity <= tier.up_to:
            return tier.unit
    raise ValueError(f"no tier holds {quantity}")


def plan_total(parts: Iterable[tuple[Sequence[Tier], int]]) -> int:
    """The price of a full cycle in cents: each (tiers, quantity) rounded, halves up, as on an invoice line."""
    return sum(
        int((unit_price(tiers, quantity) * quantity).to_integral_value(ROUND_HALF_UP)) for tiers, quantity in parts
    )
