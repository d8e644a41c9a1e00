"""Changes a subscription's items (quantity, price, added, deleted), and makes the invoice lines that bill the change.

A changed item's unused time is credited, and its remaining time at the new quantity and price is debited. With a new
billing cycle anchor every item begins a new period, which is billed in full at once. A new interval begins one by
itself in classic mode only. In flexible mode the anchor stays: the item joins the period of its new interval that
holds this moment, and pays for the rest of it. [Compare classic and flexible billing mode; Set the subscription
billing renewal date]
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.local.stripe_standin import coupons, taxes
from deploy.local.stripe_standin.debits import (
    bill_period,
    check_moment,
    credit_rest,
    debit_rest,
    is_flexible,
    price_of,
)
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.items import (
    begin_period,
    check_items,
    existing_item,
    join_period,
    new_item,
    put_price,
)
from deploy.local.stripe_standin.parameters import merge_metadata
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


@dataclass
class ChangeLines:
    """The lines of a change: `prorations` may stay pending, `periods` (full new periods) are invoiced at once.

    A changed interval is invoiced at once too.
    """

    prorations: list[Obj] = field(default_factory=list)
    periods: list[Obj] = field(default_factory=list)
    quantity_changed: bool = False
    interval_changed: bool = False


@dataclass(frozen=True)
class Terms:
    """The terms of a change: `at` is the second of the proration; `restart` begins a new period for every item."""

    at: int
    prorate: bool
    restart: bool = False


@dataclass
class Changer:
    """Changes the items of one edited subscription in place; its lines are in the order of the changes.

    The debits are calculated after all changes, because an amount off is shared by the items as they are then.
    """

    draft: Draft
    renderer: Renderer
    subscription: Obj
    terms: Terms
    made: ChangeLines = field(default_factory=ChangeLines)
    _begun: list[Obj] = field(default_factory=list)
    """The items that begin a new period."""
    _owing: list[tuple[int, Obj]] = field(default_factory=list)
    """The items of which the rest of the period is debited, each with the place of its line."""

    def apply(self, item_changes: list[Mapping[str, Any]]) -> ChangeLines:
        """Make all changes, and return their lines."""
        touched: set[str] = set()
        for index, params in enumerate(item_changes):
            item = existing_item(self.subscription, params, index)
            if item is None:
                self._add(params)
                continue
            if item["id"] in touched:
                raise invalid(f"Item {item['id']} is given twice.", param=f"items[{index}][id]")
            touched.add(item["id"])
            if params.get("deleted"):
                self._delete(item)
            else:
                self._change(item, params)
        if self.terms.restart:
            for item in self.subscription["_items"]:
                if item["id"] not in touched:
                    self._change(item, {})
        self._bill()
        check_items(self.subscription)
        starts = {item["current_period_start"] for item in self.subscription["_items"]}
        if self.terms.restart or (self.made.periods and starts == {self.draft.now}):
            self.subscription["billing_cycle_anchor"] = self.draft.now
        return self.made

    def _add(self, params: Mapping[str, Any]) -> None:
        items: list[Obj] = self.subscription["_items"]
        item = new_item(self.draft, self.subscription, params)
        price = price_of(self.draft, item)
        beside = next((other for other in items if _every(self.draft, other) == _interval(price)), None)
        self.made.quantity_changed = True
        items.append(item)
        if params.get("discounts"):
            coupons.replace(self.draft, self.renderer, item, params["discounts"])
        if self.terms.restart:
            self._begin(item, price)
            return
        if beside is not None:
            item["_anchor"] = beside["_anchor"]
            item["current_period_start"] = beside["current_period_start"]
            item["current_period_end"] = beside["current_period_end"]
        else:
            join_period(item, price, self.subscription["billing_cycle_anchor"], self.draft.now)
        self._debit(item)

    def _delete(self, item: Obj) -> None:
        self._credit(item)
        self.subscription["_items"].remove(item)
        self.made.quantity_changed = True

    def _change(self, item: Obj, params: Mapping[str, Any]) -> None:
        before, price_before = item["price"], price_of(self.draft, item)
        new_price = params.get("price", before)
        # As at Stripe: a new price without a quantity means one unit.
        default = item.get("quantity", 1) if new_price == before else 1
        quantity = params.get("quantity", default)
        self._set_terms(item, params)
        new_interval = self._interval_of(new_price) != _interval(price_before)
        restarts = self.terms.restart or (new_interval and not is_flexible(self.subscription))
        if new_price == before and quantity == item.get("quantity", 1) and not restarts:
            return
        self.made.quantity_changed = self.made.quantity_changed or quantity != item.get("quantity")
        self._credit(item)
        put_price(self.draft, self.subscription, item, new_price, params.get("quantity"), default=default)
        price = price_of(self.draft, item)
        if restarts:
            self._begin(item, price)
        elif new_interval:
            item["_debits"] = []
            join_period(item, price, self.subscription["billing_cycle_anchor"], self.draft.now)
            self.made.interval_changed = True
            self._debit(item)
        else:
            self._debit(item)

    def _set_terms(self, item: Obj, params: Mapping[str, Any]) -> None:
        if "metadata" in params:
            item["metadata"] = merge_metadata(item["metadata"], params["metadata"])
        if "tax_rates" in params:
            item["tax_rates"] = taxes.chosen(self.draft, params["tax_rates"], "items[0][tax_rates]")
        if "discounts" in params:
            coupons.replace(self.draft, self.renderer, item, params["discounts"])

    def _begin(self, item: Obj, price: Obj) -> None:
        begin_period(item, price, self.draft.now, self.draft.now)
        self._begun.append(item)

    def _credit(self, item: Obj) -> None:
        if self._is_prorated(item):
            self.made.prorations += credit_rest(self.draft, self.subscription, item, self.terms.at)

    def _debit(self, item: Obj) -> None:
        if self._is_prorated(item):
            self._owing.append((len(self.made.prorations), item))

    def _bill(self) -> None:
        """Bill the new periods, and debit the rest of the others."""
        for item in self._begun:
            self.made.periods += bill_period(self.draft, self.subscription, item)
        lines = [(place, debit_rest(self.draft, self.subscription, item, self.terms.at)) for place, item in self._owing]
        for place, line in reversed(lines):
            self.made.prorations[place:place] = [line] if line is not None else []

    def _is_prorated(self, item: Obj) -> bool:
        """Whether time is credited and debited: not in a free trial, and not for usage."""
        if not self.terms.prorate or self.subscription["status"] == "trialing":
            return False
        if item.get("quantity"):
            check_moment(item, self.terms.at)
        return True

    def _interval_of(self, price_id: str) -> tuple[str, int]:
        return _interval(self.draft.get("prices", price_id, param="items[0][price]"))


def renew_item(draft: Draft, subscription: Obj, item: Obj) -> list[Obj]:
    """Begin the item's next period, and return the lines that bill it."""
    begin_period(item, price_of(draft, item), item["_anchor"], item["current_period_end"])
    return bill_period(draft, subscription, item)


def _interval(price: Obj) -> tuple[str, int]:
    if price["recurring"] is None:
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param="items[0][price]",
        )
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def _every(draft: Draft, item: Obj) -> tuple[str, int]:
    return _interval(price_of(draft, item))
