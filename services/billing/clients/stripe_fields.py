"""Fields that several of Stripe's objects have: our metadata, references to other objects, quantities and prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import stripe

from contracts.vocabulary import BillingCycle
from services.billing.domain.plan_total import Package, Tier

OPERATION: Final = "operation_id"
"""The metadata key of the last operation of ours that changed the object."""
CONFIRMING: Final = "confirming_operation_id"
"""The metadata key of the last operation whose payment the cardholder was to confirm."""
AGENCY: Final = "agency_id"
"""The metadata key of the agency that a customer or a subscription belongs to."""
SEAT_TYPE: Final = "seat_type"
"""The metadata key of the seat type of a product, a price and an item."""


def quantity_of(item: Any) -> int | None:  # noqa: ANN401  every object of Stripe's that may have a quantity
    """The quantity; None where Stripe leaves it out, because the use is billed."""
    quantity: int | None = getattr(item, "quantity", None)
    return quantity


def tiers_of(price: stripe.Price) -> tuple[Tier, ...]:
    """The price's volume tiers; a single tier for any quantity if it has none."""
    tiers = getattr(price, "tiers", None)
    if not tiers:
        return (Tier(None, Decimal(price.unit_amount_decimal or 0)),)
    return tuple(
        Tier(tier.up_to, Decimal(tier.unit_amount_decimal or 0), Decimal(tier.flat_amount_decimal or 0))
        for tier in tiers
    )


def package_of(price: stripe.Price) -> Package | None:
    """How many units have the price together; None where each has it."""
    package = getattr(price, "transform_quantity", None)
    return Package(package.divide_by, package.round == "up") if package else None


def cycle_of(price: stripe.Price) -> BillingCycle | None:
    """The price's billing cycle; None for an interval that we do not sell."""
    match (price.recurring.interval, price.recurring.interval_count) if price.recurring else None:
        case ("month", 1):
            return BillingCycle.MONTHLY
        case ("year", 1) | ("month", 12):
            return BillingCycle.ANNUAL
        case _:
            return None


def note(metadata: stripe.StripeObject | None, name: str) -> str | None:
    """A value in an object's metadata; None if it is missing."""
    return str(metadata[name]) if metadata is not None and name in metadata else None


def id_of(reference: object) -> str:
    """The id of an object that Stripe shows as its id or, expanded, as a whole."""
    return reference if isinstance(reference, str) else str(getattr(reference, "id", ""))
