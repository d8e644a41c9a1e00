"""Customers, with their default card and their balance: below zero is credit, above zero is owed."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import balances, cards
from deploy.local.stripe_standin.ids import new_hex, new_id
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    Integer,
    ListOf,
    Metadata,
    OneOf,
    Reader,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

_ADDRESS = shape(**{name: Clearable(Text()) for name in ("city", "country", "line1", "line2", "postal_code", "state")})
_INVOICE_SETTINGS = shape(default_payment_method=Clearable(Text()), footer=Clearable(Text()))
_PREFIX_DIGITS = 8

_COMMON: dict[str, Reader] = {
    "address": Clearable(_ADDRESS),
    "balance": Integer(),
    "description": Clearable(Text()),
    "email": Clearable(Text()),
    "name": Clearable(Text()),
    "phone": Clearable(Text()),
    "metadata": Metadata(),
    "invoice_settings": _INVOICE_SETTINGS,
    "preferred_locales": ListOf(Text()),
    "tax_exempt": OneOf(("none", "exempt", "reverse")),
    "expand": EXPAND,
}
CREATE = shape(**_COMMON, payment_method=Text(), invoice_prefix=Text())
UPDATE = shape(**_COMMON)
LIST = listing(email=Text(), created=TimeFilter())

# Fields that are stored unchanged.
_UNCHANGED = ("address", "description", "email", "name", "phone", "preferred_locales", "tax_exempt")


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/customers."""
    customer = draft.add(
        "customers",
        {
            "id": new_id("cus"),
            "object": "customer",
            "address": None,
            "balance": 0,
            "created": draft.now,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "email": None,
            "invoice_prefix": params.get("invoice_prefix") or new_hex(_PREFIX_DIGITS),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": {},
            "name": None,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
            "_discount": None,
        },
    )
    if "payment_method" in params:
        cards.attach_to(draft, renderer, params["payment_method"], customer["id"])
    _change(draft, customer, params)
    draft.emit("customer.created", renderer.show(customer))
    return renderer.show(customer)


def retrieve(draft: Draft, renderer: Renderer, customer_id: str) -> Obj:
    """GET /v1/customers/{id}; a deleted customer is returned as deleted."""
    held = draft.find("customers", customer_id)
    if held is not None and held.get("deleted"):
        return renderer.show(held)
    return renderer.show(draft.get("customers", customer_id, in_path=True))


def update(draft: Draft, renderer: Renderer, customer_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/customers/{id}."""
    before = renderer.show(draft.get("customers", customer_id, in_path=True))
    customer = draft.edit("customers", customer_id)
    _change(draft, customer, params)
    after = renderer.show(customer)
    draft.emit_update("customer.updated", before, after)
    return after


def delete(draft: Draft, customer_id: str) -> Obj:
    """Turn a customer into the stub that Stripe leaves; the subscriptions must have been cancelled before."""
    gone: Obj = {"id": customer_id, "object": "customer", "deleted": True}
    return draft.add("customers", gone)


def _change(draft: Draft, customer: Obj, params: Mapping[str, Any]) -> None:
    for name in _UNCHANGED:
        if name in params:
            customer[name] = params[name]
    if moved := params.get("balance", customer["balance"]) - customer["balance"]:
        customer["balance"] += moved
        balances.note(draft, customer, moved, "adjustment")
    if params.get("address"):
        blank = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
        customer["address"] = {**blank, **params["address"]}
    if "metadata" in params:
        customer["metadata"] = merge_metadata(customer["metadata"], params["metadata"])
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        chosen = settings["default_payment_method"]
        customer["invoice_settings"]["default_payment_method"] = (
            cards.of_customer(draft, chosen, customer["id"], "invoice_settings[default_payment_method]")
            if chosen
            else None
        )
    if "footer" in settings:
        customer["invoice_settings"]["footer"] = settings["footer"]
