"""The invoice endpoints: create, update, finalize, pay, void."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import cards, invoicing
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    Flag,
    Metadata,
    OneOf,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.pending import assign_pending, pending_lines
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.subscriptions import recover, subscription_of
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape(
    auto_advance=Flag(),
    collection_method=OneOf(("charge_automatically",)),
    currency=OneOf(("usd",)),
    customer=Text(),
    description=Text(),
    metadata=Metadata(),
    pending_invoice_items_behavior=OneOf(("exclude", "include")),
    subscription=Text(),
    expand=EXPAND,
)
UPDATE = shape(auto_advance=Flag(), description=Clearable(Text()), metadata=Metadata(), expand=EXPAND)
FINALIZE = shape(auto_advance=Flag(), expand=EXPAND)
PAY = shape(off_session=Flag(), payment_method=Text(), paid_out_of_band=Flag(), forgive=Flag(), expand=EXPAND)
VOID = shape(expand=EXPAND)
LIST = listing(
    customer=Text(),
    subscription=Text(),
    status=OneOf(("draft", "open", "paid", "uncollectible", "void")),
    collection_method=OneOf(("charge_automatically", "send_invoice")),
    created=TimeFilter(),
)


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/invoices: a draft, with the subscription's pending prorations unless they are excluded."""
    subscription = None
    if "subscription" in params:
        subscription = draft.get("subscriptions", params["subscription"], param="subscription")
    owner = params.get("customer") or (subscription["customer"] if subscription else None)
    if owner is None:
        raise invalid("You must pass `customer`.", param="customer", code="parameter_missing")
    customer = draft.get("customers", owner, param="customer")
    lines: list[Obj] = []
    if subscription is not None:
        if subscription["customer"] != customer["id"]:
            raise invalid("The subscription is another customer's.", param="subscription")
        if params.get("pending_invoice_items_behavior", "include") == "include":
            lines = pending_lines(draft, subscription["id"])
        if not lines:
            raise invalid("Nothing to invoice for subscription", code="invoice_no_subscription_line_items")
    occasion = invoicing.Occasion("manual", draft.now, draft.now)
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    invoicing.advance(draft, invoice, automatic=params.get("auto_advance", False))
    invoice["description"] = params.get("description")
    invoice["metadata"] = merge_metadata({}, params.get("metadata"))
    if subscription is not None and lines:
        assign_pending(draft, subscription["id"], invoice)
        draft.edit("subscriptions", subscription["id"])["latest_invoice"] = invoice["id"]
    draft.emit("invoice.created", renderer.show(invoice))
    return renderer.show(invoice)


def update(draft: Draft, renderer: Renderer, invoice_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/invoices/{id}: its description, its metadata, and whether Stripe collects it automatically."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    if "description" in params:
        invoice["description"] = params["description"]
    if "auto_advance" in params:
        if params["auto_advance"] and invoice["status"] not in {"draft", "open"}:
            raise invalid("Automatic advancement is only for draft and open invoices.", param="auto_advance")
        invoicing.advance(draft, invoice, automatic=params["auto_advance"])
    if "metadata" in params:
        invoice["metadata"] = merge_metadata(invoice["metadata"], params["metadata"])
    return renderer.show(invoice)


def finalize(draft: Draft, renderer: Renderer, invoice_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/invoices/{id}/finalize."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = invoicing.finalize(draft, renderer, invoice_id)
    if invoice["status"] == "open":
        invoicing.advance(draft, invoice, automatic=params.get("auto_advance", invoice["auto_advance"]))
    return renderer.show(invoice)


def pay(draft: Draft, renderer: Renderer, invoice_id: str, params: Mapping[str, Any], *, present: bool = False) -> Obj:
    """POST /v1/invoices/{id}/pay: a 402 when the card does not pay; the failed attempt is stored all the same.

    `present` is True when the cardholder pays on the hosted page and has authenticated.
    """
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(draft, renderer, invoice_id)
        if invoice["status"] == "paid":
            recover_subscription(draft, renderer, invoice)
            return renderer.show(invoice)
    if invoice["status"] != "open":
        already = "already paid" if invoice["status"] == "paid" else invoice["status"]
        raise invalid(f"Invoice is {already}", code="invoice_already_paid" if already == "already paid" else None)
    customer = draft.get("customers", invoice["customer"])
    owner = subscription_of(invoice)
    subscription = draft.find("subscriptions", owner) if owner else None
    method = cards.card_that_pays(customer, subscription)
    if "payment_method" in params:
        method = cards.of_customer(draft, params["payment_method"], customer["id"], "payment_method")
    failure = invoicing.collect(draft, renderer, invoice, method, present=present)
    if failure is not None:
        # Unlike with `error_if_incomplete`, the failed attempt is kept and counted.
        failure.changed = True
        raise failure
    recover_subscription(draft, renderer, invoice)
    return renderer.show(invoice)


def recover_subscription(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Make the subscription of a paid invoice active again, if nothing else is owed."""
    owner = subscription_of(invoice)
    if owner is not None:
        recover(draft, renderer, owner)


def void(draft: Draft, renderer: Renderer, invoice_id: str) -> Obj:
    """POST /v1/invoices/{id}/void."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    invoicing.void(draft, renderer, invoice)
    recover_subscription(draft, renderer, invoice)
    return renderer.show(invoice)
