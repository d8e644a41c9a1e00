"""Renders stored objects as Stripe shows them: ids are expanded on request, and private fields are left out."""

from collections.abc import Callable
from typing import Any

from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.world import Draft, Obj, copy_of

# Stripe embeds at most this many objects; `has_more` marks a longer list.
_EMBEDDED = 10
# Stripe expands at most this many levels.
_DEEPEST = 4

# The table of an id, by its prefix.
_TABLE_BY_PREFIX = {
    "cus": "customers",
    "pm": "payment_methods",
    "prod": "products",
    "price": "prices",
    "sub": "subscriptions",
    "in": "invoices",
    "bpc": "portal_configurations",
    "di": "discounts",
    "ch": "charges",
    "pi": "payment_intents",
    "cbtxn": "balance_transactions",
    "txr": "tax_rates",
}
# Fields that can be expanded from an id, in every object.
_EXPANDABLE = frozenset(
    {
        "customer",
        "default_payment_method",
        "product",
        "latest_invoice",
        "subscription",
        "configuration",
        "price",
        "invoice",
        "discounts",
        "discount",
        "coupon",
        "charge",
        "payment_intent",
        "latest_charge",
        "customer_balance_transaction",
        "tax_rate",
        "schedule",
    }
)

Address = Callable[[str], str]


def list_of(data: list[Obj], url: str, *, has_more: bool = False) -> Obj:
    """Return Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _public(thing: Obj) -> Obj:
    return copy_of({name: value for name, value in thing.items() if not name.startswith("_")})


class Renderer:
    """Renders objects of one draft; `address` turns a path of the stand-in into a full address."""

    def __init__(self, draft: Draft, address: Address) -> None:
        self._draft = draft
        self._address = address

    def show(self, thing: Obj) -> Obj:
        """Return the object as Stripe shows it when nothing is expanded."""
        shown = _public(thing)
        match thing.get("object"):
            case "subscription":
                items = [self._item(item) for item in thing["_items"]]
                shown["items"] = list_of(
                    items[:_EMBEDDED],
                    f"/v1/subscription_items?subscription={thing['id']}",
                    has_more=len(items) > _EMBEDDED,
                )
                shown["default_tax_rates"] = [self._rate(rate) for rate in thing["default_tax_rates"]]
                if shown["pending_update"] is not None:
                    waiting = thing["_pending_change"]["fields"]["_items"]
                    shown["pending_update"]["subscription_items"] = [self._item(item) for item in waiting]
            case "subscription_item":
                shown = self._item(thing)
            case "invoice":
                lines = [_public(line) for line in thing["_lines"][: _EMBEDDED + 1]]
                shown["lines"] = list_of(
                    lines[:_EMBEDDED], f"/v1/invoices/{thing['id']}/lines", has_more=len(lines) > _EMBEDDED
                )
                for name in ("hosted_invoice_url", "invoice_pdf"):
                    shown[name] = self._address(thing[name]) if thing[name] else None
                shown["default_tax_rates"] = [self._rate(rate) for rate in thing["default_tax_rates"]]
            case "customer" if not thing.get("deleted"):
                given = thing["_discount"]
                shown["discount"] = self.show(self._draft.get("discounts", given)) if given else None
            case "billing_portal.session":
                shown["url"] = self._address(thing["url"])
            case _:
                pass
        return shown

    def expand(self, shown: Obj, paths: list[str]) -> Obj:
        """Replace the ids at these paths by their objects; a 400 for a path that cannot be expanded."""
        for path in paths:
            parts = path.split(".")
            if len(parts) > _DEEPEST + (parts[0] == "data"):
                raise invalid(f"You cannot expand more than {_DEEPEST} levels of a property", param="expand")
            self._expand(shown, parts, path)
        return shown

    def _item(self, item: Obj) -> Obj:
        shown = _public(item)
        shown["price"] = self.show(self._draft.get("prices", item["price"]))
        shown["tax_rates"] = [self._rate(rate) for rate in item["tax_rates"]]
        return shown

    def _rate(self, rate_id: str) -> Obj:
        return _public(self._draft.get("tax_rates", rate_id))

    def _expand(self, node: Obj, parts: list[str], path: str) -> None:
        name, rest = parts[0], parts[1:]
        if name not in node:
            included = self._included(node, name)
            if included is None:
                raise invalid(f"This property cannot be expanded ({path}).", param="expand")
            node[name] = included
        value = node[name]
        if isinstance(value, list) and name in _EXPANDABLE:
            value = [self._by_id(reference) if isinstance(reference, str) else reference for reference in value]
            node[name] = value
        if isinstance(value, str):
            if name not in _EXPANDABLE:
                raise invalid(f"This property cannot be expanded ({path}).", param="expand")
            # A product and a coupon may have ids of our own, without a prefix that tells their table.
            value = self._by_id(value, {"product": "products", "coupon": "coupons"}.get(name))
            node[name] = value
        if not rest:
            return
        if name == "currency_options":
            self._expand_option(node, value, rest, path)
            return
        for below in value if isinstance(value, list) else [value]:
            if isinstance(below, dict):
                self._expand(below, rest, path)

    def _currency_options(self, price: Obj) -> Obj:
        """Return the price in each of its currencies, its own among them, without the tiers of `expand`."""
        names = ("custom_unit_amount", "tax_behavior", "unit_amount", "unit_amount_decimal")
        every = {price["currency"]: price, **price["_currency_options"]}
        return {currency: {name: option.get(name) for name in names} for currency, option in every.items()}

    def _expand_option(self, price: Obj, options: Obj, rest: list[str], path: str) -> None:
        """Show the tiers of one currency; a 400 when the price has no such option, or for another property."""
        held, currency = self._draft.get("prices", price["id"]), rest[0]
        option = {held["currency"]: held, **held["_currency_options"]}.get(currency)
        if option is None or rest[1:] != ["tiers"]:
            raise invalid(f"This property cannot be expanded ({path}).", param="expand")
        options[currency]["tiers"] = [dict(tier) for tier in option["_tiers"]]

    def _by_id(self, object_id: str, table: str | None = None) -> Obj | str:
        if object_id.startswith("sub_sched_"):
            table = "schedules"
        table = table or _TABLE_BY_PREFIX.get(object_id.split("_", 1)[0])
        row = self._draft.find(table, object_id) if table else None
        return self.show(row) if row is not None else object_id

    def _included(self, node: Obj, name: str) -> Any:  # noqa: ANN401 - any JSON
        match node.get("object"), name:
            case "price", "tiers":
                return [dict(tier) for tier in self._draft.get("prices", node["id"])["_tiers"]]
            case "price", "currency_options":
                return self._currency_options(self._draft.get("prices", node["id"]))
            case "invoice", "payments":
                held = self._draft.find("invoices", node["id"])
                payments = [copy_of(payment) for payment in (held or {}).get("_payments", [])]
                return list_of(payments, f"/v1/invoice_payments?invoice={node['id']}")
            case "customer", "subscriptions":
                of_customer = [
                    self.show(subscription)
                    for subscription in self._draft.every("subscriptions")
                    if subscription["customer"] == node["id"] and subscription["status"] != "canceled"
                ]
                return list_of(of_customer[:_EMBEDDED], f"/v1/customers/{node['id']}/subscriptions")
            case _:
                return None
