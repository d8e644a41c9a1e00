"""Prorations that wait for the next invoice: kept as Stripe's invoice items, swept up by whatever comes next."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import Flag, Moment, Text, listing
from deploy.local.stripe_standin.world import Draft, Obj

LIST = listing(customer=Text(), pending=Flag(), invoice=Text(), created=Moment())


def leave_pending(draft: Draft, customer_id: str, subscription_id: str, lines: list[Obj]) -> None:
    """Keep lines until the next invoice of their subscription."""
    for line in lines:
        item_id = new_id("ii")
        line["parent"]["subscription_item_details"]["invoice_item"] = item_id
        draft.add("invoice_items", {"id": item_id, **_told(draft, customer_id, subscription_id, line), "_line": line})
    index = draft.find("pending", subscription_id)
    waiting = [line["parent"]["subscription_item_details"]["invoice_item"] for line in lines]
    draft.add("pending", {"id": subscription_id, "items": [*(index or {"items": []})["items"], *waiting]})


def waiting_lines(draft: Draft, subscription_id: str) -> list[Obj]:
    """Return the lines that the next invoice would sweep up, oldest first, without sweeping them."""
    index = draft.find("pending", subscription_id) or {"items": []}
    return [draft.edit("invoice_items", item_id)["_line"] for item_id in index["items"]]


def sweep(draft: Draft, subscription_id: str, invoice: Obj) -> None:
    """Mark what waited as taken by an invoice."""
    index = draft.find("pending", subscription_id)
    if index is None:
        return
    for item_id in index["items"]:
        draft.edit("invoice_items", item_id)["invoice"] = invoice["id"]
    draft.remove("pending", subscription_id)


def select(draft: Draft, given: Mapping[str, Any]) -> list[Obj]:
    """GET /v1/invoiceitems: by customer, by invoice, waiting or not."""
    return [
        item
        for item in draft.every("invoice_items")
        if given.get("customer") in {None, item["customer"]}
        and given.get("invoice") in {None, item["invoice"]}
        and given.get("pending") in {None, item["invoice"] is None}
    ]


def _told(draft: Draft, customer_id: str, subscription_id: str, line: Obj) -> Obj:
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
