"""Changing what a subscription holds: new quantities, new prices, items that come or go, and the lines that this makes.

A changed item is re-priced whole: a credit for the unused time of what it was, a debit for the remaining time of what
it is. An item whose interval changes begins a new period and is billed for all of it at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.local.stripe_standin.errors import invalid, no_such
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.lines import Span, full_line, remaining_time, unused_time
from deploy.local.stripe_standin.parameters import merge_notes
from deploy.local.stripe_standin.periods import period_end
from deploy.local.stripe_standin.world import Draft, Obj

MOST_ITEMS = 20


@dataclass
class Reckoning:
    """What a change bills: `prorations` may wait for a later invoice, `periods` (whole new periods) may not."""

    prorations: list[Obj] = field(default_factory=list)
    periods: list[Obj] = field(default_factory=list)
    quantity_changed: bool = False


@dataclass(frozen=True)
class Terms:
    """Under which terms a change is reckoned: `at` is the proration's second; `restart` begins every period anew."""

    at: int
    prorate: bool
    restart: bool = False


def new_item(draft: Draft, subscription: Obj, asked: Mapping[str, Any], anchor: int, start: int) -> Obj:
    """Return an item of a recurring, active price, in the period of `start` counted from `anchor`."""
    price = draft.get("prices", asked["price"], param="items[0][price]")
    if price["recurring"] is None:
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param="items[0][price]",
        )
    if not price["active"]:
        raise invalid(
            "The price specified is inactive. This field only accepts active prices.", param="items[0][price]"
        )
    item: Obj = {
        "id": new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": draft.now,
        "discounts": [],
        "metadata": merge_notes({}, asked.get("metadata")),
        "price": price["id"],
        "quantity": asked.get("quantity", 1),
        "subscription": subscription["id"],
        "tax_rates": [],
    }
    _begin_period(item, price, anchor, start)
    return item


def apply_changes(draft: Draft, subscription: Obj, asked: list[Mapping[str, Any]], terms: Terms) -> Reckoning:
    """Change the subscription's items in place, and return the lines in the order of the items."""
    reckoning = Reckoning()
    touched: set[str] = set()
    for index, one in enumerate(asked):
        item = _item_meant(subscription, one, index)
        if item is None:
            _add(draft, subscription, one, terms, reckoning)
            continue
        if item["id"] in touched:
            raise invalid(f"Item {item['id']} is given twice.", param=f"items[{index}][id]")
        touched.add(item["id"])
        if one.get("deleted"):
            _delete(draft, subscription, item, terms, reckoning)
        else:
            _change(draft, item, one, terms, reckoning)
    if terms.restart:
        for item in subscription["_items"]:
            if item["id"] not in touched:
                _change(draft, item, {}, terms, reckoning)
    _check(subscription)
    starts = {item["current_period_start"] for item in subscription["_items"]}
    if reckoning.periods and starts == {draft.now}:
        subscription["billing_cycle_anchor"] = draft.now
    return reckoning


def renew_item(draft: Draft, item: Obj) -> Obj:
    """Begin the item's next period, and return the line that bills it."""
    price = draft.get("prices", item["price"])
    _begin_period(item, price, item["_anchor"], item["current_period_end"])
    return full_line(draft, item, price, Span(item["current_period_start"], item["current_period_end"]))


def _item_meant(subscription: Obj, one: Mapping[str, Any], index: int) -> Obj | None:
    if "id" in one:
        for item in subscription["_items"]:
            if item["id"] == one["id"]:
                found: Obj = item
                return found
        raise no_such("subscription item", one["id"], param=f"items[{index}][id]")
    if "price" not in one:
        raise invalid("Each item needs an `id` or a `price`.", param=f"items[{index}]", code="parameter_missing")
    return None


def _add(draft: Draft, subscription: Obj, one: Mapping[str, Any], terms: Terms, reckoning: Reckoning) -> None:
    items: list[Obj] = subscription["_items"]
    start = draft.now if terms.restart or not items else items[0]["current_period_start"]
    anchor = draft.now if terms.restart or not items else items[0]["_anchor"]
    item = new_item(draft, subscription, one, anchor, start)
    price = draft.get("prices", item["price"])
    items.append(item)
    reckoning.quantity_changed = True
    if terms.restart:
        reckoning.periods.append(full_line(draft, item, price, _period(item)))
    elif terms.prorate and item["quantity"]:
        _check_moment(item, terms.at)
        reckoning.prorations.append(remaining_time(draft, item, price, terms.at))


def _delete(draft: Draft, subscription: Obj, item: Obj, terms: Terms, reckoning: Reckoning) -> None:
    if terms.prorate and item["quantity"]:
        _check_moment(item, terms.at)
        reckoning.prorations.append(unused_time(draft, item, draft.get("prices", item["price"]), terms.at))
    subscription["_items"].remove(item)
    reckoning.quantity_changed = True


def _change(draft: Draft, item: Obj, one: Mapping[str, Any], terms: Terms, reckoning: Reckoning) -> None:
    old_price = draft.get("prices", item["price"])
    new_price = draft.get("prices", one.get("price", item["price"]), param="items[0][price]")
    same_price = new_price["id"] == old_price["id"]
    # Stripe's trap: another price without a quantity is one unit of it.
    quantity = one.get("quantity", item["quantity"] if same_price else 1)
    if "metadata" in one:
        item["metadata"] = merge_notes(item["metadata"], one["metadata"])
    restarts = terms.restart or _interval(old_price) != _interval(new_price)
    if same_price and quantity == item["quantity"] and not restarts:
        return
    reckoning.quantity_changed = reckoning.quantity_changed or quantity != item["quantity"]
    if terms.prorate and item["quantity"]:
        _check_moment(item, terms.at)
        reckoning.prorations.append(unused_time(draft, item, old_price, terms.at))
    item["price"] = new_price["id"]
    item["quantity"] = quantity
    if restarts:
        _begin_period(item, new_price, draft.now, draft.now)
        reckoning.periods.append(full_line(draft, item, new_price, _period(item)))
    elif terms.prorate and quantity:
        _check_moment(item, terms.at)
        reckoning.prorations.append(remaining_time(draft, item, new_price, terms.at))


def _check(subscription: Obj) -> None:
    prices = [item["price"] for item in subscription["_items"]]
    if len(set(prices)) != len(prices):
        raise invalid("Cannot add multiple subscription items with the same price.", param="items")
    if not prices:
        raise invalid("A subscription must have at least one active item.", param="items")
    if len(prices) > MOST_ITEMS:
        raise invalid(f"A subscription may have up to {MOST_ITEMS} items.", param="items")


def _check_moment(item: Obj, at: int) -> None:
    if not item["current_period_start"] <= at <= item["current_period_end"]:
        raise invalid("Cannot specify a proration date outside of the current period.", param="proration_date")


def _begin_period(item: Obj, price: Obj, anchor: int, start: int) -> None:
    every = price["recurring"]
    item["_anchor"] = anchor
    item["current_period_start"] = start
    item["current_period_end"] = period_end(anchor, start, every["interval"], every["interval_count"])


def _period(item: Obj) -> Span:
    return Span(item["current_period_start"], item["current_period_end"])


def _interval(price: Obj) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]
