"""The invoice endpoints: create, update, delete, finalize, pay, void, mark_uncollectible."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import cards, invoicing, payments, totals
from deploy.local.stripe_standin.billing import subscription_of
from deploy.local.stripe_standin.collection import recover_subscription
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.invoice_states import PAYABLE
from deploy.local.stripe_standin.invoice_states import mark_uncollectible as write_off
from deploy.local.stripe_standin.invoice_states import void as make_void
from deploy.local.stripe_standin.money import CURRENCIES
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    Flag,
    Integer,
    Metadata,
    OneOf,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.pending import assign_pending, pending_lines, wait
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.taxes import RATES, chosen
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape(
    auto_advance=Flag(),
    collection_method=OneOf(("charge_automatically", "send_invoice")),
    currency=OneOf(CURRENCIES),
    customer=Text(),
    days_until_due=Integer(0),
    default_tax_rates=RATES,
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
    if subscription is not None and subscription["customer"] != customer["id"]:
        raise invalid("The subscription is another customer's.", param="subscription")
    # Without a subscription, the customer's pending items are taken only on request. [Create an invoice]
    usual = "include" if subscription is not None else "exclude"
    payer = subscription["id"] if subscription is not None else customer["id"]
    includes = params.get("pending_invoice_items_behavior", usual) == "include"
    lines = pending_lines(draft, payer) if includes else []
    if subscription is not None and not lines:
        raise invalid("Nothing to invoice for subscription", code="invoice_no_subscription_line_items")
    if subscription is not None:
        subscription = draft.edit("subscriptions", subscription["id"])
    occasion = invoicing.Occasion("manual", draft.now, draft.now)
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    _set_terms(draft, invoice, params)
    invoicing.advance(draft, invoice, automatic=params.get("auto_advance", False))
    invoice["description"] = params.get("description")
    invoice["metadata"] = merge_metadata({}, params.get("metadata"))
    if includes:
        assign_pending(draft, invoice, payer)
    if subscription is not None:
        subscription["latest_invoice"] = invoice["id"]
    draft.emit("invoice.created", renderer.show(invoice))
    return renderer.show(invoice)


def _set_terms(draft: Draft, invoice: Obj, params: Mapping[str, Any]) -> None:
    if "currency" in params:
        invoice["currency"] = params["currency"]
    if "collection_method" in params:
        invoice["collection_method"] = params["collection_method"]
        invoice["_days_until_due"] = params.get("days_until_due")
    if invoice["collection_method"] == "send_invoice" and invoice["_days_until_due"] is None:
        raise invalid("You must pass `days_until_due`.", param="days_until_due", code="parameter_missing")
    if "default_tax_rates" in params:
        invoice["default_tax_rates"] = chosen(draft, params["default_tax_rates"], "default_tax_rates")
        for line in invoice["_lines"]:
            line["_rates"] = line["_rates"] or invoice["default_tax_rates"]
        totals.add_up(draft, invoice)


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
    if invoice["status"] not in PAYABLE:
        already = "already paid" if invoice["status"] == "paid" else invoice["status"]
        raise invalid(f"Invoice is {already}", code="invoice_already_paid" if already == "already paid" else None)
    if params.get("paid_out_of_band"):
        _pay_elsewhere(draft, renderer, invoice)
        return renderer.show(invoice)
    customer = draft.get("customers", invoice["customer"])
    owner = subscription_of(invoice)
    subscription = draft.find("subscriptions", owner) if owner else None
    method = cards.card_that_pays(draft, customer, subscription)
    if "payment_method" in params:
        method = cards.of_customer(draft, params["payment_method"], customer["id"], "payment_method")
    failure = invoicing.collect(draft, renderer, invoice, method, present=present)
    if failure is not None:
        # Unlike with `error_if_incomplete`, the failed attempt is kept and counted.
        failure.changed = True
        raise failure
    recover_subscription(draft, renderer, invoice)
    return renderer.show(invoice)


def _pay_elsewhere(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Mark an invoice paid that was paid outside of Stripe: nothing is charged ("Pay an invoice")."""
    payments.cancel(draft, invoice)
    invoice["amount_paid_off_stripe"] = invoice["amount_due"]
    invoice["amount_paid"] = invoice["amount_due"]
    invoice["amount_remaining"] = 0
    invoicing.mark_paid(draft, renderer, invoice)
    recover_subscription(draft, renderer, invoice)


def void(draft: Draft, renderer: Renderer, invoice_id: str) -> Obj:
    """POST /v1/invoices/{id}/void."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    make_void(draft, renderer, invoice)
    recover_subscription(draft, renderer, invoice)
    return renderer.show(invoice)


def mark_uncollectible(draft: Draft, renderer: Renderer, invoice_id: str) -> Obj:
    """POST /v1/invoices/{id}/mark_uncollectible."""
    draft.get("invoices", invoice_id, in_path=True)
    invoice = draft.edit("invoices", invoice_id)
    write_off(draft, renderer, invoice)
    recover_subscription(draft, renderer, invoice)
    return renderer.show(invoice)


def delete(draft: Draft, renderer: Renderer, invoice_id: str) -> Obj:
    """DELETE /v1/invoices/{id}: only a draft that is no subscription's; its items wait again."""
    invoice = draft.get("invoices", invoice_id, in_path=True)
    if invoice["status"] != "draft" or subscription_of(invoice) is not None:
        raise invalid("You can only delete draft one-off invoices.")
    draft.emit("invoice.deleted", renderer.show(invoice))
    for item in list(draft.every("invoice_items")):
        if item["invoice"] == invoice_id:
            draft.edit("invoice_items", item["id"])["invoice"] = None
            wait(draft, invoice["customer"], [item["id"]])
    draft.remove("invoices", invoice_id)
    return {"id": invoice_id, "object": "invoice", "deleted": True}
