"""Pending invoice items: prorations that wait for their subscription's next invoice, and one-off items by hand.

A one-off item of a subscription waits for that subscription's next invoice. One of the customer alone is taken by the
customer's next invoice, of whatever subscription. [Invoice items]
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import Flag, Text, TimeFilter, listing
from deploy.local.stripe_standin.world import Draft, Obj

MOST_ITEMS = 250
"""An invoice takes no more items, the oldest first; the others wait for the next one (inferred).
[Changelog 2016-02-22: You can no longer add more than 250 invoice items to an invoice]
"""
LIST = listing(customer=Text(), pending=Flag(), invoice=Text(), created=TimeFilter())


def leave_pending(draft: Draft, customer_id: str, subscription_id: str, lines: list[Obj]) -> None:
    """Store prorations until the next invoice of their subscription."""
    for line in lines:
        item_id = new_id("ii")
        line["parent"]["subscription_item_details"]["invoice_item"] = item_id
        draft.add(
            "invoice_items", {"id": item_id, **_item_of(draft, customer_id, subscription_id, line), "_line": line}
        )
    wait(draft, subscription_id, [line["parent"]["subscription_item_details"]["invoice_item"] for line in lines])


def wait(draft: Draft, owner: str, item_ids: list[str]) -> None:
    """Let items wait for the next invoice of their owner, a subscription or a customer."""
    index = draft.find("pending", owner)
    draft.add("pending", {"id": owner, "items": [*(index or {"items": []})["items"], *item_ids]})


def pending_lines(draft: Draft, *owners: str) -> list[Obj]:
    """Return the lines that the next invoice of these owners would take, oldest first, without taking them."""
    waiting = [item_id for owner in owners for item_id in (draft.find("pending", owner) or {"items": []})["items"]]
    return [draft.edit("invoice_items", item_id)["_line"] for item_id in waiting[:MOST_ITEMS]]


def assign_pending(draft: Draft, invoice: Obj, *owners: str) -> None:
    """Assign the pending lines of these owners to an invoice."""
    free = MOST_ITEMS
    for owner in owners:
        items = (draft.find("pending", owner) or {"items": []})["items"]
        for item_id in items[:free]:
            draft.edit("invoice_items", item_id)["invoice"] = invoice["id"]
        if items:
            draft.add("pending", {"id": owner, "items": items[free:]})
        free -= len(items[:free])


def drop_prorations(draft: Draft, subscription_id: str) -> None:
    """Delete the prorations that wait for a subscription that ends at once; its one-off items are left.

    [API reference: Cancel a subscription]
    """
    index = draft.find("pending", subscription_id)
    if index is None:
        return
    dropped = [item_id for item_id in index["items"] if draft.get("invoice_items", item_id)["proration"]]
    for item_id in dropped:
        draft.remove("invoice_items", item_id)
    kept = [item_id for item_id in index["items"] if item_id not in dropped]
    draft.add("pending", {"id": subscription_id, "items": kept})


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
        "net_amount": line["amount"] - sum(taken["amount"] for taken in line["_taken"]),
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
        "proration_details": {"discount_amounts": [dict(taken) for taken in line["_taken"]]},
        "quantity": line["quantity"],
        "quantity_decimal": str(line["quantity"]),
        "tax_rates": [],
        "test_clock": None,
    }
