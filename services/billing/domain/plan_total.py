"""The price of a full cycle, by the tiers of each item.

We sell by volume: the whole quantity of a seat type picks one unit price, and every seat costs that price. So at a
tier's edge one seat fewer can cost more. An item that somebody has re-priced by hand may be graduated: each seat costs
the price of the tier that it falls into. Or its price is for packages, and one is paid as a whole.
Source: Stripe's documentation, "Pricing models: volume", "Pricing models: graduated" and "Package pricing".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """The unit price in cents (a fraction of a cent is possible) up to this many seats; None: any number.

    `flat` is charged once, whatever the quantity within the tier. We sell none, but other prices at Stripe have it.
    """

    up_to: int | None
    unit: Decimal
    flat: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Package:
    """So many seats have one price. One that is not full is paid as a whole, or (`rounds_up` False) not at all."""

    seats: int
    rounds_up: bool = True

    def count(self, quantity: int) -> int:
        """The packages that are paid for so many seats."""
        whole, rest = divmod(quantity, self.seats)
        return whole + (1 if rest and self.rounds_up else 0)


@dataclass(frozen=True, slots=True)
class RecurringTotals:
    """The price of a full cycle by Stripe's own preview: the total, the coupons' discount in it, and the tax on top."""

    total: int
    discount: int = 0
    tax: int = 0


def tier_of(tiers: Sequence[Tier], quantity: int) -> int:
    """The place of the tier that holds this quantity; the last one when none is large enough."""
    places = (place for place, tier in enumerate(tiers) if tier.up_to is None or quantity <= tier.up_to)
    return next(places, len(tiers) - 1)


def cycle_amount(
    tiers: Sequence[Tier], quantity: int, *, is_graduated: bool = False, package: Package | None = None
) -> int:
    """The price of a full cycle of one item in cents, rounded, halves up, as on an invoice line."""
    quantity = package.count(quantity) if package is not None else quantity
    exact = _graduated(tiers, quantity) if is_graduated else _by_volume(tiers, quantity)
    return int(exact.to_integral_value(ROUND_HALF_UP))


def unit_price(tiers: Sequence[Tier], quantity: int) -> Decimal:
    """The price of one seat among `quantity` by volume, in cents."""
    return tiers[tier_of(tiers, quantity)].unit


def _by_volume(tiers: Sequence[Tier], quantity: int) -> Decimal:
    tier = tiers[tier_of(tiers, quantity)]
    return tier.unit * quantity + (tier.flat if quantity else 0)


def _graduated(tiers: Sequence[Tier], quantity: int) -> Decimal:
    exact, below = Decimal(0), 0
    for tier in tiers:
        if quantity <= below:
            break
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        exact += tier.unit * (top - below) + tier.flat
        below = top
    return exact


def price_of_a_seat(tiers: Sequence[Tier], package: Package | None) -> tuple[Tier, ...]:
    """The tiers with the price of one seat: of a package, its share."""
    seats = package.seats if package is not None else 1
    return tuple(Tier(tier.up_to, tier.unit / seats, tier.flat) for tier in tiers)
