"""A subscription's items: a new one, its period, and the checks of all of them together."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import taxes
from deploy.local.stripe_standin.errors import invalid, no_such
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import merge_metadata
from deploy.local.stripe_standin.periods import period_around, period_end
from deploy.local.stripe_standin.pricing import in_currency, is_metered
from deploy.local.stripe_standin.world import Draft, Obj

MOST_ITEMS = 20


def new_item(draft: Draft, subscription: Obj, params: Mapping[str, Any]) -> Obj:
    """Return an item of a recurring, active price, without a period yet; a metered one has no quantity."""
    price = usable_price(draft, params["price"])
    item: Obj = {
        "id": new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": draft.now,
        "discounts": [],
        "metadata": merge_metadata({}, params.get("metadata")),
        "price": price["id"],
        "subscription": subscription["id"],
        "tax_rates": taxes.chosen(draft, params.get("tax_rates"), "items[0][tax_rates]"),
        "_debits": [],
    }
    put_price(draft, subscription, item, price["id"], params.get("quantity"), default=1)
    return item


def put_price(draft: Draft, subscription: Obj, item: Obj, price_id: str, quantity: int | None, *, default: int) -> None:
    """Set the item's price, in the subscription's currency, and its quantity."""
    price = draft.get("prices", price_id, param="items[0][price]")
    local_price = in_currency(price, subscription["currency"])
    if local_price is None:
        raise invalid(
            f"The price specified supports currencies of `{price['currency']}`. This doesn't match the expected"
            f" currency: `{subscription['currency']}`.",
            param="items[0][price]",
        )
    item["price"] = price_id
    item.pop("_priced_as", None)
    if local_price is not price:
        item["_priced_as"] = {
            **price["_currency_options"][subscription["currency"]],
            "currency": local_price["currency"],
        }
    if is_metered(price):
        if quantity is not None:
            raise invalid("You cannot set the quantity for metered plans.", param="items[0][quantity]")
        item.pop("quantity", None)
    else:
        item["quantity"] = default if quantity is None else quantity


def usable_price(draft: Draft, price_id: str) -> Obj:
    """Return a price that an item can have: recurring and active."""
    price = draft.get("prices", price_id, param="items[0][price]")
    if price["recurring"] is None:
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param="items[0][price]",
        )
    if not price["active"]:
        raise invalid(
            "The price specified is inactive. This field only accepts active prices.", param="items[0][price]"
        )
    return price


def begin_period(item: Obj, price: Obj, anchor: int, start: int) -> None:
    """Begin the item's period at `start`; it ends at the first boundary that is counted from the anchor."""
    every = price["recurring"]
    item["_anchor"] = anchor
    item["current_period_start"] = start
    item["current_period_end"] = period_end(anchor, start, every["interval"], every["interval_count"])


def join_period(item: Obj, price: Obj, anchor: int, moment: int) -> None:
    """Put the item into the period that holds the moment, between two boundaries counted from the anchor."""
    every = price["recurring"]
    item["_anchor"] = anchor
    start, end = period_around(anchor, moment, every["interval"], every["interval_count"])
    item["current_period_start"], item["current_period_end"] = start, end


def existing_item(subscription: Obj, params: Mapping[str, Any], index: int) -> Obj | None:
    """Return the item that a parameter names by its id; None for a new item."""
    if "id" in params:
        for item in subscription["_items"]:
            if item["id"] == params["id"]:
                row: Obj = item
                return row
        raise no_such("subscription item", params["id"], param=f"items[{index}][id]")
    if "price" not in params:
        raise invalid("Each item needs an `id` or a `price`.", param=f"items[{index}]", code="parameter_missing")
    return None


def check_items(subscription: Obj) -> None:
    """Raise Stripe's 400 for items that cannot be together."""
    prices = [item["price"] for item in subscription["_items"]]
    if len(set(prices)) != len(prices):
        raise invalid("Cannot add multiple subscription items with the same price.", param="items")
    if not prices:
        raise invalid("A subscription must have at least one active item.", param="items")
    if len(prices) > MOST_ITEMS:
        raise invalid(f"A subscription may have up to {MOST_ITEMS} items.", param="items")
