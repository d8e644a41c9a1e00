"""One-off invoice items: charges and credits by hand, which the next invoice takes, or a draft that is named."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import totals
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.money import CURRENCIES
from deploy.local.stripe_standin.parameters import EXPAND, Flag, Integer, Metadata, OneOf, Text, merge_metadata, shape
from deploy.local.stripe_standin.pending import wait
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.taxes import RATES, chosen
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape(
    "customer amount",
    customer=Text(),
    amount=Integer(),
    currency=OneOf(CURRENCIES),
    description=Text(),
    discountable=Flag(),
    invoice=Text(),
    metadata=Metadata(),
    subscription=Text(),
    tax_rates=RATES,
    expand=EXPAND,
)


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/invoiceitems: below zero is a credit. `invoice` names the draft that takes it at once."""
    customer = draft.get("customers", params["customer"], param="customer")
    subscription_id = params.get("subscription")
    if subscription_id is not None:
        draft.get("subscriptions", subscription_id, param="subscription")
    item = _new(draft, customer, subscription_id, params)
    draft.add("invoice_items", item)
    if "invoice" in params:
        _put_on_draft(draft, item, params["invoice"])
    else:
        wait(draft, subscription_id or customer["id"], [item["id"]])
    draft.emit("invoiceitem.created", renderer.show(item))
    return renderer.show(item)


def delete(draft: Draft, renderer: Renderer, item_id: str) -> Obj:
    """DELETE /v1/invoiceitems/{id}: only while it is on no invoice."""
    item = draft.get("invoice_items", item_id, in_path=True)
    if item["invoice"] is not None:
        raise invalid("You can only delete invoice items that are not attached to a finalized invoice.")
    parent = item["parent"]
    owner = parent["subscription_details"]["subscription"] if parent else item["customer"]
    index = draft.edit("pending", owner)
    index["items"] = [other for other in index["items"] if other != item_id]
    draft.emit("invoiceitem.deleted", renderer.show(item))
    draft.remove("invoice_items", item_id)
    return {"id": item_id, "object": "invoiceitem", "deleted": True}


def _put_on_draft(draft: Draft, item: Obj, invoice_id: str) -> None:
    draft.get("invoices", invoice_id, param="invoice")
    invoice = draft.edit("invoices", invoice_id)
    if invoice["status"] != "draft":
        raise invalid("This invoice is no longer editable.", param="invoice", code="invoice_not_editable")
    item["invoice"] = invoice_id
    item["_line"]["invoice"] = invoice_id
    invoice["_lines"].append(item["_line"])
    totals.add_up(draft, invoice)


def _new(draft: Draft, customer: Obj, subscription_id: str | None, params: Mapping[str, Any]) -> Obj:
    item_id = new_id("ii")
    rates = chosen(draft, params.get("tax_rates"), "tax_rates")
    parent = None
    if subscription_id is not None:
        parent = {"subscription_details": {"subscription": subscription_id}, "type": "subscription_details"}
    common: Obj = {
        "amount": params["amount"],
        "currency": params.get("currency") or customer["currency"] or "usd",
        "description": params.get("description"),
        "discountable": params.get("discountable", params["amount"] > 0),
        "discounts": [],
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "period": {"start": draft.now, "end": draft.now},
        "pricing": None,
        "quantity": 1,
    }
    line = {
        **common,
        "id": new_id("il"),
        "object": "line_item",
        "discount_amounts": [],
        "invoice": None,
        "parent": {
            "invoice_item_details": {
                "invoice_item": item_id,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription_id,
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        "pretax_credit_amounts": [],
        "subscription": subscription_id,
        "subtotal": params["amount"],
        "taxes": [],
        "_discounts": [],
        "_taken": [],
        "_rates": rates,
    }
    return {
        **common,
        "id": item_id,
        "object": "invoiceitem",
        "customer": customer["id"],
        "date": draft.now,
        "invoice": None,
        "net_amount": params["amount"],
        "parent": parent,
        "proration": False,
        "proration_details": {"discount_amounts": []},
        "quantity_decimal": "1",
        "tax_rates": [dict(draft.get("tax_rates", rate)) for rate in rates],
        "test_clock": None,
        "_line": line,
    }
