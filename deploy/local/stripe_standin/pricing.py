"""Volume pricing: the whole quantity of an item selects the tier, whose unit price applies to all units."""

import math
from fractions import Fraction

from deploy.local.stripe_standin.world import Obj


def exact_amount(price: Obj, quantity: int) -> Fraction:
    """Return the price of a full period of `quantity` units, in exact cents."""
    if price["billing_scheme"] == "per_unit":
        return Fraction(price["unit_amount_decimal"]) * quantity
    tier = tier_for(price, quantity)
    flat = Fraction(tier["flat_amount_decimal"] or 0) if quantity else Fraction(0)
    return Fraction(tier["unit_amount_decimal"] or 0) * quantity + flat


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
