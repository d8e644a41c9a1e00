"""Prices of a quantity: per unit, volume tiers (one tier prices all units), graduated tiers (each prices its own).

A price per unit may be for packages of units. [API: Price, `transform_quantity`]
"""

import math
from fractions import Fraction

from deploy.local.stripe_standin.world import Obj


def is_metered(price: Obj) -> bool:
    """Whether the price bills usage after each period; its item has no quantity."""
    return price["recurring"] is not None and price["recurring"]["usage_type"] == "metered"


def exact_amount(price: Obj, quantity: int) -> Fraction:
    """Return the price of a full period of `quantity` units, in exact smallest units of the currency."""
    if price["billing_scheme"] == "per_unit":
        return Fraction(price["unit_amount_decimal"]) * _packages(price, quantity)
    return sum((amount for _, amount in tier_amounts(price, quantity)), Fraction(0))


def tier_amounts(price: Obj, quantity: int) -> list[tuple[int, Fraction]]:
    """Return the units that each tier prices, with their exact amount; one pair in volume mode."""
    if price["tiers_mode"] == "volume":
        tier = tier_for(price, quantity)
        return [(quantity, _of_tier(tier, quantity))]
    pairs: list[tuple[int, Fraction]] = []
    below = 0
    for tier in price["_tiers"]:
        units = (quantity if tier["up_to"] is None else min(quantity, tier["up_to"])) - below
        if units > 0 or not pairs:
            pairs.append((max(units, 0), _of_tier(tier, max(units, 0))))
        below = tier["up_to"] or below
    return pairs


def tier_for(price: Obj, quantity: int) -> Obj:
    """Return the first tier whose upper bound is at least the quantity."""
    tiers: list[Obj] = price["_tiers"]
    return next(tier for tier in tiers if tier["up_to"] is None or quantity <= tier["up_to"])


def whole_cents(amount: Fraction) -> int:
    """Round the amount of a full period to cents, halves up."""
    return math.floor(amount + Fraction(1, 2))


def unit_decimal(price: Obj, quantity: int) -> str:
    """Return the unit price that applies at this quantity, in cents, as Stripe writes decimals."""
    if price["billing_scheme"] == "per_unit":
        return str(price["unit_amount_decimal"])
    return str(tier_for(price, quantity)["unit_amount_decimal"] or "0")


def in_currency(price: Obj, currency: str) -> Obj | None:
    """Return the price as it is in this currency, by its `currency_options`; None if it has none."""
    if price["currency"] == currency:
        return price
    option: Obj | None = price["_currency_options"].get(currency)
    return {**price, **option, "currency": currency} if option is not None else None


def _packages(price: Obj, quantity: int) -> int:
    package: Obj | None = price["transform_quantity"]
    if package is None:
        return quantity
    exact = Fraction(quantity, package["divide_by"])
    return math.ceil(exact) if package["round"] == "up" else math.floor(exact)


def _of_tier(tier: Obj, units: int) -> Fraction:
    flat = Fraction(tier["flat_amount_decimal"] or 0) if units else Fraction(0)
    return Fraction(tier["unit_amount_decimal"] or 0) * units + flat
