"""Products and prices with volume tiers; prices are found by their lookup key."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.money import CURRENCIES
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    DecimalCents,
    Flag,
    Integer,
    IntegerOr,
    ListOf,
    MapOf,
    Metadata,
    OneOf,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

_INTERVALS = ("day", "week", "month", "year")
_TIER = shape(
    "up_to",
    up_to=IntegerOr(("inf",)),
    unit_amount=Integer(0),
    unit_amount_decimal=DecimalCents(),
    flat_amount=Integer(0),
    flat_amount_decimal=DecimalCents(),
)
_CURRENCY_OPTION = shape(
    tax_behavior=OneOf(("exclusive", "inclusive", "unspecified")),
    tiers=ListOf(_TIER),
    unit_amount=Integer(0),
    unit_amount_decimal=DecimalCents(),
)
CREATE_PRODUCT = shape(
    "name",
    id=Text(),
    name=Text(),
    active=Flag(),
    description=Text(),
    metadata=Metadata(),
    unit_label=Text(),
    statement_descriptor=Text(),
    url=Text(),
    expand=EXPAND,
)
UPDATE_PRODUCT = shape(
    name=Text(),
    active=Flag(),
    description=Clearable(Text()),
    metadata=Metadata(),
    unit_label=Clearable(Text()),
    url=Clearable(Text()),
    expand=EXPAND,
)
LIST_PRODUCTS = listing(active=Flag(), ids=ListOf(Text()), created=TimeFilter())
CREATE_PRICE = shape(
    "currency",
    currency=OneOf(CURRENCIES),
    currency_options=MapOf(_CURRENCY_OPTION),
    product=Text(),
    product_data=shape("name", id=Text(), name=Text(), active=Flag(), metadata=Metadata(), unit_label=Text()),
    active=Flag(),
    billing_scheme=OneOf(("per_unit", "tiered")),
    lookup_key=Text(),
    transfer_lookup_key=Flag(),
    metadata=Metadata(),
    nickname=Text(),
    recurring=shape(
        "interval",
        interval=OneOf(_INTERVALS),
        interval_count=Integer(1),
        meter=Text(),
        usage_type=OneOf(("licensed", "metered")),
    ),
    tax_behavior=OneOf(("exclusive", "inclusive", "unspecified")),
    tiers=ListOf(_TIER),
    tiers_mode=OneOf(("graduated", "volume")),
    transform_quantity=shape("divide_by round", divide_by=Integer(1), round=OneOf(("down", "up"))),
    unit_amount=Integer(0),
    unit_amount_decimal=DecimalCents(),
    expand=EXPAND,
)
UPDATE_PRICE = shape(
    active=Flag(),
    lookup_key=Clearable(Text()),
    transfer_lookup_key=Flag(),
    metadata=Metadata(),
    nickname=Clearable(Text()),
    tax_behavior=OneOf(("exclusive", "inclusive", "unspecified")),
    expand=EXPAND,
)
LIST_PRICES = listing(
    active=Flag(),
    lookup_keys=ListOf(Text(), longest=10),
    product=Text(),
    currency=OneOf(CURRENCIES),
    type=OneOf(("one_time", "recurring")),
    recurring=shape(interval=OneOf(_INTERVALS), usage_type=OneOf(("licensed", "metered"))),
    created=TimeFilter(),
)


def create_product(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/products."""
    product_id = params.get("id") or new_id("prod")
    if draft.find("products", product_id) is not None:
        raise invalid("Product already exists.", param="id", code="resource_already_exists")
    product = draft.add(
        "products",
        {
            "id": product_id,
            "object": "product",
            "active": params.get("active", True),
            "created": draft.now,
            "default_price": None,
            "description": params.get("description"),
            "images": [],
            "livemode": False,
            "marketing_features": [],
            "metadata": merge_metadata({}, params.get("metadata")),
            "name": params["name"],
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": params.get("statement_descriptor"),
            "tax_code": None,
            "unit_label": params.get("unit_label"),
            "updated": draft.now,
            "url": params.get("url"),
        },
    )
    draft.emit("product.created", renderer.show(product))
    return renderer.show(product)


def update_product(draft: Draft, renderer: Renderer, product_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/products/{id}."""
    draft.get("products", product_id, in_path=True)
    product = draft.edit("products", product_id)
    product.update({name: value for name, value in params.items() if name not in {"metadata", "expand"}})
    if "metadata" in params:
        product["metadata"] = merge_metadata(product["metadata"], params["metadata"])
    product["updated"] = draft.now
    return renderer.show(product)


def create_price(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/prices; `unit_amount` is null for a tiered price and for a price with fractions of a cent."""
    product_id = _product_of(draft, renderer, params)
    tiered = params.get("billing_scheme") == "tiered"
    unit = None if tiered else _unit(params, "unit_amount")
    recurring = params.get("recurring")
    if tiered and "transform_quantity" in params:
        raise invalid("`transform_quantity` cannot be combined with `tiers`.", param="transform_quantity")
    if recurring and (recurring.get("usage_type") == "metered") != ("meter" in recurring):
        # [changelog 2025-03-31.basil: metered prices need a meter]
        raise invalid("A metered price needs a `meter`, and only a metered one has it.", param="recurring[meter]")
    price_id = new_id("price")
    _take_lookup_key(draft, params, price_id)
    price = draft.add(
        "prices",
        {
            "id": price_id,
            "object": "price",
            "active": params.get("active", True),
            "billing_scheme": "tiered" if tiered else "per_unit",
            "created": draft.now,
            "currency": params["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": params.get("lookup_key"),
            "metadata": merge_metadata({}, params.get("metadata")),
            "nickname": params.get("nickname"),
            "product": product_id,
            "recurring": {
                "interval": recurring["interval"],
                "interval_count": recurring.get("interval_count", 1),
                "meter": recurring.get("meter"),
                "usage_type": recurring.get("usage_type", "licensed"),
            }
            if recurring
            else None,
            "tax_behavior": params.get("tax_behavior", "unspecified"),
            "tiers_mode": params.get("tiers_mode") if tiered else None,
            "transform_quantity": params.get("transform_quantity"),
            "type": "recurring" if recurring else "one_time",
            "unit_amount": _whole(unit),
            "unit_amount_decimal": _written(unit),
            "_tiers": _tiers(params) if tiered else [],
            "_currency_options": {
                currency: _option(params, option) for currency, option in params.get("currency_options", {}).items()
            },
        },
    )
    draft.emit("price.created", renderer.show(price))
    return renderer.show(price)


def update_price(draft: Draft, renderer: Renderer, price_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/prices/{id}: its amount never changes, its lookup key and its metadata may."""
    draft.get("prices", price_id, in_path=True)
    _take_lookup_key(draft, params, price_id)
    price = draft.edit("prices", price_id)
    for name in ("active", "lookup_key", "nickname", "tax_behavior"):
        if name in params:
            price[name] = params[name]
    if "metadata" in params:
        price["metadata"] = merge_metadata(price["metadata"], params["metadata"])
    return renderer.show(price)


def _product_of(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> str:
    if ("product" in params) == ("product_data" in params):
        raise invalid("You must pass either `product` or `product_data`.", param="product", code="parameter_missing")
    if "product" in params:
        product: Obj = draft.get("products", params["product"], param="product")
    else:
        product = create_product(draft, renderer, params["product_data"])
    return str(product["id"])


def _take_lookup_key(draft: Draft, params: Mapping[str, Any], price_id: str) -> None:
    key = params.get("lookup_key")
    if key is None:
        return
    for other in list(draft.every("prices")):
        if other["lookup_key"] == key and other["id"] != price_id:
            if not params.get("transfer_lookup_key"):
                message = f"A price (`{other['id']}`) already uses that lookup key."
                raise invalid(message, param="lookup_key", code="resource_already_exists")
            draft.edit("prices", other["id"])["lookup_key"] = None


def _option(params: Mapping[str, Any], option: Mapping[str, Any]) -> Obj:
    """Return the fields of a price that are other in this currency."""
    tiered = params.get("billing_scheme") == "tiered"
    unit = None if tiered else _unit(option, "unit_amount")
    return {
        "tax_behavior": option.get("tax_behavior", "unspecified"),
        "unit_amount": _whole(unit),
        "unit_amount_decimal": _written(unit),
        "_tiers": _tiers({**params, **option}) if tiered else [],
    }


def _tiers(params: Mapping[str, Any]) -> list[Obj]:
    if params.get("tiers_mode") is None:
        raise invalid("You must specify `tiers_mode`.", param="tiers_mode", code="parameter_missing")
    tiers = params.get("tiers") or []
    bounds = [tier["up_to"] for tier in tiers]
    if not bounds or bounds[-1] != "inf" or "inf" in bounds[:-1] or sorted(bounds[:-1]) != bounds[:-1]:
        raise invalid("The tiers must ascend, and the last one must be `up_to=inf`.", param="tiers")
    return [_tier(tier) for tier in tiers]


def _tier(tier: Mapping[str, Any]) -> Obj:
    has_flat = "flat_amount" in tier or "flat_amount_decimal" in tier
    unit = (
        _unit(tier, "unit_amount") if not has_flat or "unit_amount" in tier or "unit_amount_decimal" in tier else None
    )
    flat = _unit(tier, "flat_amount") if has_flat else None
    return {
        "flat_amount": _whole(flat),
        "flat_amount_decimal": _written(flat),
        "unit_amount": _whole(unit),
        "unit_amount_decimal": _written(unit),
        "up_to": None if tier["up_to"] == "inf" else tier["up_to"],
    }


def _unit(params: Mapping[str, Any], name: str) -> Decimal:
    exact = params.get(f"{name}_decimal")
    if (exact is None) == (params.get(name) is None):
        raise invalid(f"You must pass either `{name}` or `{name}_decimal`.", param=name, code="parameter_missing")
    return Decimal(params[name]) if exact is None else exact


def _whole(amount: Decimal | None) -> int | None:
    return int(amount) if amount is not None and amount == amount.to_integral_value() else None


def _written(amount: Decimal | None) -> str | None:
    if amount is None:
        return None
    return str(int(amount)) if amount == amount.to_integral_value() else format(amount.normalize(), "f")
