"""Customers: who pays, with which card by default, and what they owe or have to their credit."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import cards
from deploy.local.stripe_standin.ids import new_hex, new_id
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    ListOf,
    Moment,
    Notes,
    OneOf,
    Reader,
    Text,
    Whole,
    listing,
    merge_notes,
    shape,
)
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

_ADDRESS = shape(**{name: Clearable(Text()) for name in ("city", "country", "line1", "line2", "postal_code", "state")})
_INVOICE_SETTINGS = shape(default_payment_method=Clearable(Text()), footer=Clearable(Text()))
_PREFIX_DIGITS = 8

_COMMON: dict[str, Reader] = {
    "address": Clearable(_ADDRESS),
    "balance": Whole(),
    "description": Clearable(Text()),
    "email": Clearable(Text()),
    "name": Clearable(Text()),
    "phone": Clearable(Text()),
    "metadata": Notes(),
    "invoice_settings": _INVOICE_SETTINGS,
    "preferred_locales": ListOf(Text()),
    "tax_exempt": OneOf(("none", "exempt", "reverse")),
    "expand": EXPAND,
}
CREATE = shape(**_COMMON, payment_method=Text(), invoice_prefix=Text())
UPDATE = shape(**_COMMON)
LIST = listing(email=Text(), created=Moment())

# What is set as it is given.
_PLAIN = ("address", "balance", "description", "email", "name", "phone", "preferred_locales", "tax_exempt")


def create(draft: Draft, renderer: Renderer, given: Mapping[str, Any]) -> Obj:
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
            "invoice_prefix": given.get("invoice_prefix") or new_hex(_PREFIX_DIGITS),
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
        },
    )
    if "payment_method" in given:
        cards.attach_to(draft, renderer, given["payment_method"], customer["id"])
    _change(draft, customer, given)
    draft.say("customer.created", renderer.show(customer))
    return renderer.show(customer)


def retrieve(draft: Draft, renderer: Renderer, customer_id: str) -> Obj:
    """GET /v1/customers/{id}; a deleted one is still told, as deleted."""
    held = draft.find("customers", customer_id)
    if held is not None and held.get("deleted"):
        return renderer.show(held)
    return renderer.show(draft.get("customers", customer_id, in_path=True))


def update(draft: Draft, renderer: Renderer, customer_id: str, given: Mapping[str, Any]) -> Obj:
    """POST /v1/customers/{id}."""
    before = renderer.show(draft.get("customers", customer_id, in_path=True))
    customer = draft.edit("customers", customer_id)
    _change(draft, customer, given)
    after = renderer.show(customer)
    draft.say_update("customer.updated", before, after)
    return after


def delete(draft: Draft, customer_id: str) -> Obj:
    """Turn a customer into the stub that Stripe leaves; the subscriptions must have been cancelled before."""
    gone: Obj = {"id": customer_id, "object": "customer", "deleted": True}
    return draft.add("customers", gone)


def add_to_balance(draft: Draft, renderer: Renderer, customer_id: str, cents: int) -> None:
    """Move the balance; below zero is credit that later invoices use, above zero is owed."""
    if cents == 0:
        return
    before = renderer.show(draft.get("customers", customer_id))
    customer = draft.edit("customers", customer_id)
    customer["balance"] += cents
    draft.say_update("customer.updated", before, renderer.show(customer))


def _change(draft: Draft, customer: Obj, given: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        if name in given:
            customer[name] = given[name]
    if given.get("address"):
        blank = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
        customer["address"] = {**blank, **given["address"]}
    if "metadata" in given:
        customer["metadata"] = merge_notes(customer["metadata"], given["metadata"])
    settings = given.get("invoice_settings", {})
    if "default_payment_method" in settings:
        chosen = settings["default_payment_method"]
        customer["invoice_settings"]["default_payment_method"] = (
            cards.of_customer(draft, chosen, customer["id"], "invoice_settings[default_payment_method]")
            if chosen
            else None
        )
    if "footer" in settings:
        customer["invoice_settings"]["footer"] = settings["footer"]
