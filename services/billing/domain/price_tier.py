"""The price tier of a quantity, and the next one: from how many seats on each seat would cost less.

The list price is the monthly price of a single seat; for a year it is twelve times that. Where seats of a type differ
in price (graduated tiers, or an amount once for all), a seat's price is the average, and no tier makes each cheaper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from contracts.vocabulary import BillingCycle
from services.billing.domain.annual_price import MONTHS, month_price
from services.billing.domain.plan_total import Tier, tier_of


@dataclass(frozen=True, slots=True)
class PriceTier:
    """Cents per seat and cycle. `next_from` is the quantity at which `next_unit` begins; None in the last tier."""

    unit: int
    list_unit: int
    next_from: int | None = None
    next_unit: int | None = None


def price_tier(tiers: Sequence[Tier], quantity: int, cycle: BillingCycle, *, mixed: int | None = None) -> PriceTier:
    """The tier of this quantity (cents per cycle); the last one when no tier is large enough.

    `mixed` is the price of all of these seats, where they differ in price.
    """
    place = tier_of(tiers, quantity)
    here, above = tiers[place], tiers[place + 1] if place + 1 < len(tiers) else None
    unit, alone = _cents(here.unit), _cents(tiers[0].unit)
    list_unit = alone if cycle is BillingCycle.MONTHLY else MONTHS * month_price(alone)
    if mixed is not None:
        return PriceTier(_cents(Decimal(mixed) / quantity) if quantity else unit, list_unit)
    if above is None or here.up_to is None:
        return PriceTier(unit, list_unit)
    return PriceTier(unit, list_unit, here.up_to + 1, _cents(above.unit))


def _cents(unit: Decimal) -> int:
    return int(unit.to_integral_value(ROUND_HALF_UP))
