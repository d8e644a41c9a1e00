"""The invoice endpoints: made by hand, finalised, paid, voided, previewed, listed."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import cards, invoicing
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    Flag,
    Moment,
    Notes,
    OneOf,
    Text,
    listing,
    merge_notes,
    shape,
)
from deploy.local.stripe_standin.pending import sweep, waiting_lines
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.subscriptions import recover, subscription_of
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape(
    auto_advance=Flag(),
    collection_method=OneOf(("charge_automatically",)),
    currency=OneOf(("usd",)),
    customer=Text(),
    description=Text(),
    metadata=Notes(),
    pending_invoice_items_behavior=OneOf(("exclude", "include")),
    subscription=Text(),
    expand=EXPAND,
)
UPDATE = shape(auto_advance=Flag(), description=Clearable(Text()), metadata=Notes(), expand=EXPAND)
FINALIZE = shape(auto_advance=Flag(), expand=EXPAND)
PAY = shape(off_session=Flag(), payment_method=Text(), paid_out_of_band=Flag(), forgive=Flag(), expand=EXPAND)
VOID = shape(expand=EXPAND)
LIST = listing(
    customer=Text(),
    subscription=Text(),
    status=OneOf(("draft", "open", "paid", "uncollectible", "void")),
    collection_method=OneOf(("charge_automatically", "send_invoice")),
    created=Moment(),
)


def create(draft: Draft, renderer: Renderer, given: Mapping[str, Any]) -> Obj:
    """POST /v1/invoices: a draft; for a subscription it takes what waits there, unless told to exclude it."""
    subscription = None
    if "subscription" in given:
        subscription = draft.get("subscriptions", given["subscription"], param="subscription")
    owner = given.get("customer") or (subscription["customer"] if subscription else None)
    if owner is None:
        raise invalid("You must pass `customer`.", param="customer", code="parameter_missing")
    customer = draft.get("customers", owner, param="customer")
    lines: list[Obj] = []
    if subscription is not None:
        if subscription["customer"] != customer["id"]:
            raise invalid("The subscription is another customer's.", param="subscription")
        if given.get("pending_invoice_items_behavior", "include") == "include":
            lines = waiting_lines(draft, subscription["id"])
        if not lines:
            raise invalid("Nothing to invoice for subscription", code="invoice_no_subscription_line_items")
    occasion = invoicing.Occasion("manual", draft.now, draft.now)
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    invoicing.advance(draft, invoice, wanted=given.get("auto_advance", False))
    invoice["description"] = given.get("description")
    invoice["metadata"] = merge_notes({}, given.get("metadata"))
    if subscription is not None and lines:
        sweep(draft, subscription["id"], invoice)
        draft.edit("subscriptions", subscription["id"])["latest_invoice"] = invoice["id"]
    draft.say("invoice.created", renderer.show(invoice))
    return renderer.show(invoice)


def update(draft: Draft, renderer: Renderer, invoice_id: str, given: Mapping[str, Any]) -> Obj:
    """POST /v1/invoices/{id}: its notes and whether Stripe goes on with it by itself."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    if "description" in given:
        invoice["description"] = given["description"]
    if "auto_advance" in given:
        if given["auto_advance"] and invoice["status"] not in {"draft", "open"}:
            raise invalid("Automatic advancement is only for draft and open invoices.", param="auto_advance")
        invoicing.advance(draft, invoice, wanted=given["auto_advance"])
    if "metadata" in given:
        invoice["metadata"] = merge_notes(invoice["metadata"], given["metadata"])
    return renderer.show(invoice)


def finalize(draft: Draft, renderer: Renderer, invoice_id: str, given: Mapping[str, Any]) -> Obj:
    """POST /v1/invoices/{id}/finalize."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = invoicing.finalize(draft, renderer, invoice_id)
    if invoice["status"] == "open":
        invoicing.advance(draft, invoice, wanted=given.get("auto_advance", invoice["auto_advance"]))
    return renderer.show(invoice)


def pay(draft: Draft, renderer: Renderer, invoice_id: str, given: Mapping[str, Any], *, present: bool = False) -> Obj:
    """POST /v1/invoices/{id}/pay: a 402 when the card does not pay; that failed try is recorded all the same.

    `present`: it is paid on its page, by somebody who has just authenticated.
    """
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(draft, renderer, invoice_id)
        if invoice["status"] == "paid":
            settle(draft, renderer, invoice)
            return renderer.show(invoice)
    if invoice["status"] != "open":
        already = "already paid" if invoice["status"] == "paid" else invoice["status"]
        raise invalid(f"Invoice is {already}", code="invoice_already_paid" if already == "already paid" else None)
    customer = draft.get("customers", invoice["customer"])
    owner = subscription_of(invoice)
    subscription = draft.find("subscriptions", owner) if owner else None
    method = cards.card_that_pays(customer, subscription)
    if "payment_method" in given:
        method = cards.of_customer(draft, given["payment_method"], customer["id"], "payment_method")
    failure = invoicing.collect(draft, renderer, invoice, method, present=present)
    if failure is not None:
        # Unlike `error_if_incomplete`, a failed payment of an invoice is an event of its own: the try counts.
        failure.changed = True
        raise failure
    settle(draft, renderer, invoice)
    return renderer.show(invoice)


def settle(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Let the subscription of a paid invoice recover."""
    owner = subscription_of(invoice)
    if owner is not None:
        recover(draft, renderer, owner)


def void(draft: Draft, renderer: Renderer, invoice_id: str) -> Obj:
    """POST /v1/invoices/{id}/void."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    invoicing.void(draft, renderer, invoice)
    settle(draft, renderer, invoice)
    return renderer.show(invoice)
