"""Changes a subscription's items (quantity, price, added, deleted), and makes the invoice lines that bill the change.

A changed item makes two lines: a credit for the unused time at the old quantity and price, and a debit for the
remaining time at the new ones. An item whose interval changes begins a new period, which is billed in full at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.local.stripe_standin.errors import invalid, no_such
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.lines import Span, full_line, remaining_time, unused_time
from deploy.local.stripe_standin.parameters import merge_metadata
from deploy.local.stripe_standin.periods import period_end
from deploy.local.stripe_standin.world import Draft, Obj

MOST_ITEMS = 20


@dataclass
class ChangeLines:
    """The lines of a change: `prorations` may stay pending, `periods` (full new periods) are invoiced at once."""

    prorations: list[Obj] = field(default_factory=list)
    periods: list[Obj] = field(default_factory=list)
    quantity_changed: bool = False


@dataclass(frozen=True)
class Terms:
    """The terms of a change: `at` is the second of the proration; `restart` begins a new period for every item."""

    at: int
    prorate: bool
    restart: bool = False


def new_item(draft: Draft, subscription: Obj, item_changes: Mapping[str, Any], anchor: int, start: int) -> Obj:
    """Return an item of a recurring, active price, in the period of `start` counted from `anchor`."""
    price = draft.get("prices", item_changes["price"], param="items[0][price]")
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
        "metadata": merge_metadata({}, item_changes.get("metadata")),
        "price": price["id"],
        "quantity": item_changes.get("quantity", 1),
        "subscription": subscription["id"],
        "tax_rates": [],
    }
    _begin_period(item, price, anchor, start)
    return item


def apply_changes(draft: Draft, subscription: Obj, item_changes: list[Mapping[str, Any]], terms: Terms) -> ChangeLines:
    """Change the subscription's items in place, and return the lines in the order of the items."""
    change_lines = ChangeLines()
    touched: set[str] = set()
    for index, item_params in enumerate(item_changes):
        item = _existing_item(subscription, item_params, index)
        if item is None:
            _add(draft, subscription, item_params, terms, change_lines)
            continue
        if item["id"] in touched:
            raise invalid(f"Item {item['id']} is given twice.", param=f"items[{index}][id]")
        touched.add(item["id"])
        if item_params.get("deleted"):
            _delete(draft, subscription, item, terms, change_lines)
        else:
            _change(draft, item, item_params, terms, change_lines)
    if terms.restart:
        for item in subscription["_items"]:
            if item["id"] not in touched:
                _change(draft, item, {}, terms, change_lines)
    _check(subscription)
    starts = {item["current_period_start"] for item in subscription["_items"]}
    if change_lines.periods and starts == {draft.now}:
        subscription["billing_cycle_anchor"] = draft.now
    return change_lines


def renew_item(draft: Draft, item: Obj) -> Obj:
    """Begin the item's next period, and return the line that bills it."""
    price = draft.get("prices", item["price"])
    _begin_period(item, price, item["_anchor"], item["current_period_end"])
    return full_line(draft, item, price, Span(item["current_period_start"], item["current_period_end"]))


def _existing_item(subscription: Obj, item_params: Mapping[str, Any], index: int) -> Obj | None:
    if "id" in item_params:
        for item in subscription["_items"]:
            if item["id"] == item_params["id"]:
                row: Obj = item
                return row
        raise no_such("subscription item", item_params["id"], param=f"items[{index}][id]")
    if "price" not in item_params:
        raise invalid("Each item needs an `id` or a `price`.", param=f"items[{index}]", code="parameter_missing")
    return None


def _add(
    draft: Draft, subscription: Obj, item_params: Mapping[str, Any], terms: Terms, change_lines: ChangeLines
) -> None:
    items: list[Obj] = subscription["_items"]
    start = draft.now if terms.restart or not items else items[0]["current_period_start"]
    anchor = draft.now if terms.restart or not items else items[0]["_anchor"]
    item = new_item(draft, subscription, item_params, anchor, start)
    price = draft.get("prices", item["price"])
    items.append(item)
    change_lines.quantity_changed = True
    if terms.restart:
        change_lines.periods.append(full_line(draft, item, price, _period(item)))
    elif terms.prorate and item["quantity"]:
        _check_moment(item, terms.at)
        change_lines.prorations.append(remaining_time(draft, item, price, terms.at))


def _delete(draft: Draft, subscription: Obj, item: Obj, terms: Terms, change_lines: ChangeLines) -> None:
    if terms.prorate and item["quantity"]:
        _check_moment(item, terms.at)
        change_lines.prorations.append(unused_time(draft, item, draft.get("prices", item["price"]), terms.at))
    subscription["_items"].remove(item)
    change_lines.quantity_changed = True


def _change(draft: Draft, item: Obj, item_params: Mapping[str, Any], terms: Terms, change_lines: ChangeLines) -> None:
    old_price = draft.get("prices", item["price"])
    new_price = draft.get("prices", item_params.get("price", item["price"]), param="items[0][price]")
    same_price = new_price["id"] == old_price["id"]
    # As at Stripe: a new price without a quantity means one unit.
    quantity = item_params.get("quantity", item["quantity"] if same_price else 1)
    if "metadata" in item_params:
        item["metadata"] = merge_metadata(item["metadata"], item_params["metadata"])
    restarts = terms.restart or _interval(old_price) != _interval(new_price)
    if same_price and quantity == item["quantity"] and not restarts:
        return
    change_lines.quantity_changed = change_lines.quantity_changed or quantity != item["quantity"]
    if terms.prorate and item["quantity"]:
        _check_moment(item, terms.at)
        change_lines.prorations.append(unused_time(draft, item, old_price, terms.at))
    item["price"] = new_price["id"]
    item["quantity"] = quantity
    if restarts:
        _begin_period(item, new_price, draft.now, draft.now)
        change_lines.periods.append(full_line(draft, item, new_price, _period(item)))
    elif terms.prorate and quantity:
        _check_moment(item, terms.at)
        change_lines.prorations.append(remaining_time(draft, item, new_price, terms.at))


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
