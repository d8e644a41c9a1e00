"""Tax: rates on items, subscriptions and invoices, and Stripe Tax, which needs the customer's location.

An exclusive rate adds its tax to a line, an inclusive rate is part of it. [Tax rates]
Where `automatic_tax` is on and the customer has no valid location, a change is refused. [Collect taxes for recurring
payments]
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from deploy.local.stripe_standin.discounts import left_of
from deploy.local.stripe_standin.errors import StripeError, invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    DecimalCents,
    Flag,
    ListOf,
    Metadata,
    OneOf,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.pricing import whole_cents
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape(
    "display_name inclusive percentage",
    active=Flag(),
    country=Text(),
    description=Text(),
    display_name=Text(),
    inclusive=Flag(),
    jurisdiction=Text(),
    metadata=Metadata(),
    percentage=DecimalCents(),
    state=Text(),
    tax_type=OneOf(("gst", "sales_tax", "vat")),
    expand=EXPAND,
)
UPDATE = shape(active=Flag(), display_name=Text(), metadata=Metadata(), expand=EXPAND)
LIST = listing(active=Flag(), inclusive=Flag(), created=TimeFilter())
RATES = Clearable(ListOf(Text(), longest=5))
AUTOMATIC = shape("enabled", enabled=Flag())
# The rate of Stripe Tax here, in every country; in truth it depends on the location.
_AUTOMATIC_PERCENT = Decimal(10)
# Stripe Tax finds a place in these countries by its postal code.
_BY_POSTAL_CODE = frozenset({"US", "CA"})
LOCATION_CODE = "customer_tax_location_invalid"


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/tax_rates."""
    rate = _new_rate(draft, params["percentage"], inclusive=params["inclusive"], name=params["display_name"])
    for name in ("active", "country", "description", "jurisdiction", "state", "tax_type"):
        if name in params:
            rate[name] = params[name]
    rate["metadata"] = merge_metadata({}, params.get("metadata"))
    draft.add("tax_rates", rate)
    draft.emit("tax_rate.created", renderer.show(rate))
    return renderer.show(rate)


def update(draft: Draft, renderer: Renderer, rate_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/tax_rates/{id}: its percentage never changes."""
    draft.get("tax_rates", rate_id, in_path=True)
    rate = draft.edit("tax_rates", rate_id)
    rate.update({name: params[name] for name in ("active", "display_name") if name in params})
    if "metadata" in params:
        rate["metadata"] = merge_metadata(rate["metadata"], params["metadata"])
    return renderer.show(rate)


def chosen(draft: Draft, rate_ids: list[str] | None, param: str) -> list[str]:
    """Return the ids of existing tax rates; a 400 for an unknown one."""
    return [draft.get("tax_rates", rate_id, param=param)["id"] for rate_id in rate_ids or []]


def rates_of(draft: Draft, subscription: Obj, item: Obj) -> list[str]:
    """Return the rates of an item: its own, else the subscription's, else that of Stripe Tax where it is on."""
    own: list[str] = item["tax_rates"] or subscription["default_tax_rates"]
    if own or not subscription["automatic_tax"]["enabled"]:
        return list(own)
    return [automatic_rate(draft)] if has_location(draft, subscription["customer"]) else []


def automatic_rate(draft: Draft) -> str:
    """Return the id of the rate of Stripe Tax."""
    rate_id = "txr_of_stripe_tax"
    if draft.find("tax_rates", rate_id) is None:
        draft.add("tax_rates", {**_new_rate(draft, _AUTOMATIC_PERCENT, inclusive=False, name="Tax"), "id": rate_id})
    return rate_id


def has_location(draft: Draft, customer_id: str) -> bool:
    """Whether Stripe Tax finds the customer: a country, and a postal code where it needs one."""
    address = draft.get("customers", customer_id)["address"] or {}
    return bool(address.get("country") and (address["country"] not in _BY_POSTAL_CODE or address.get("postal_code")))


def check_location(draft: Draft, subscription: Obj) -> None:
    """Raise Stripe's 400 where automatic tax is on and the customer has no location."""
    if subscription["automatic_tax"]["enabled"] and not has_location(draft, subscription["customer"]):
        raise location_invalid()


def location_invalid() -> StripeError:
    """The 400 for a customer whose location Stripe Tax does not know."""
    return invalid(
        "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate"
        " tax.",
        code=LOCATION_CODE,
    )


def add_up(draft: Draft, customer: Obj, lines: list[Obj]) -> list[Obj]:
    """Set each line's taxes, and return the invoice's totals by rate."""
    totals: dict[str, Obj] = {}
    for line in lines:
        rates = [draft.get("tax_rates", rate_id) for rate_id in line["_rates"]]
        line["taxes"] = [_tax(rate, rates, left_of(line), customer) for rate in rates]
        for tax in line["taxes"]:
            total = totals.setdefault(tax["tax_rate_details"]["tax_rate"], {**tax, "amount": 0, "taxable_amount": 0})
            total["amount"] += tax["amount"]
            total["taxable_amount"] += tax["taxable_amount"]
    return list(totals.values())


def _tax(rate: Obj, rates: list[Obj], amount: int, customer: Obj) -> Obj:
    included = sum(_percent(other) for other in rates if other["inclusive"])
    base = amount / (1 + Fraction(included))
    reason = {"none": "standard_rated", "exempt": "customer_exempt", "reverse": "reverse_charge"}
    taxed = customer["tax_exempt"] == "none"
    return {
        "amount": whole_cents(base * _percent(rate)) if taxed else 0,
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": reason[customer["tax_exempt"]],
        "taxable_amount": whole_cents(base) if taxed else 0,
        "type": "tax_rate_details",
    }


def _percent(rate: Obj) -> Fraction:
    return Fraction(str(rate["percentage"])) / 100


def _new_rate(draft: Draft, percentage: Decimal, *, inclusive: bool, name: str) -> Obj:
    return {
        "id": new_id("txr"),
        "object": "tax_rate",
        "active": True,
        "country": None,
        "created": draft.now,
        "description": None,
        "display_name": name,
        "effective_percentage": None,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": None,
        "jurisdiction_level": None,
        "livemode": False,
        "metadata": {},
        "percentage": float(percentage),
        "rate_type": "percentage",
        "state": None,
        "tax_type": None,
    }
