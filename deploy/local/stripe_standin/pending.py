"""Pending prorations, stored as Stripe's invoice items until the subscription's next invoice takes them."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import Flag, Text, TimeFilter, listing
from deploy.local.stripe_standin.world import Draft, Obj

LIST = listing(customer=Text(), pending=Flag(), invoice=Text(), created=TimeFilter())


def leave_pending(draft: Draft, customer_id: str, subscription_id: str, lines: list[Obj]) -> None:
    """Store lines until the next invoice of their subscription."""
    for line in lines:
        item_id = new_id("ii")
        line["parent"]["subscription_item_details"]["invoice_item"] = item_id
        draft.add(
            "invoice_items", {"id": item_id, **_item_of(draft, customer_id, subscription_id, line), "_line": line}
        )
    index = draft.find("pending", subscription_id)
    waiting = [line["parent"]["subscription_item_details"]["invoice_item"] for line in lines]
    draft.add("pending", {"id": subscription_id, "items": [*(index or {"items": []})["items"], *waiting]})


def pending_lines(draft: Draft, subscription_id: str) -> list[Obj]:
    """Return the lines that the next invoice would take, oldest first, without taking them."""
    index = draft.find("pending", subscription_id) or {"items": []}
    return [draft.edit("invoice_items", item_id)["_line"] for item_id in index["items"]]


def assign_pending(draft: Draft, subscription_id: str, invoice: Obj) -> None:
    """Assign the pending lines to an invoice."""
    index = draft.find("pending", subscription_id)
    if index is None:
        return
    for item_id in index["items"]:
        draft.edit("invoice_items", item_id)["invoice"] = invoice["id"]
    draft.remove("pending", subscription_id)


def select(draft: Draft, params: Mapping[str, Any]) -> list[Obj]:
    """GET /v1/invoiceitems: filtered by customer, by invoice, and by whether they are pending."""
    return [
        item
        for item in draft.every("invoice_items")
        if params.get("customer") in {None, item["customer"]}
        and params.get("invoice") in {None, item["invoice"]}
        and params.get("pending") in {None, item["invoice"] is None}
    ]


def _item_of(draft: Draft, customer_id: str, subscription_id: str, line: Obj) -> Obj:
    details = line["parent"]["subscription_item_details"]
    return {
        "object": "invoiceitem",
        "amount": line["amount"],
        "currency": line["currency"],
        "customer": customer_id,
        "date": draft.now,
        "description": line["description"],
        "discountable": False,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "net_amount": line["amount"],
        "parent": {
            "subscription_details": {
                "subscription": subscription_id,
                "subscription_item": details["subscription_item"],
            },
            "type": "subscription_details",
        },
        "period": dict(line["period"]),
        "pricing": line["pricing"],
        "proration": True,
        "proration_details": {"discount_amounts": []},
        "quantity": line["quantity"],
        "quantity_decimal": str(line["quantity"]),
        "tax_rates": [],
        "test_clock": None,
    }
