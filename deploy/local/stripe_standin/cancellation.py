"""Ends a subscription, at once or with its period, or a customer. Open invoices are no longer collected then."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import customers, invoicing
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.lines import unused_time
from deploy.local.stripe_standin.parameters import EXPAND, Flag, shape
from deploy.local.stripe_standin.pending import assign_pending, leave_pending, pending_lines
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.subscriptions import CANCELLATION, OVER, bill, subscription_of
from deploy.local.stripe_standin.world import Draft, Obj

CANCEL = shape(cancellation_details=CANCELLATION, invoice_now=Flag(), prorate=Flag(), expand=EXPAND)


def cancel(draft: Draft, renderer: Renderer, subscription_id: str, params: Mapping[str, Any]) -> Obj:
    """DELETE /v1/subscriptions/{id}: end it at once, with a credit only if `prorate` is set."""
    draft.get("subscriptions", subscription_id, in_path=True)
    subscription = draft.edit("subscriptions", subscription_id)
    if subscription["status"] in OVER:
        raise StripeError(
            404, f"No such subscription: '{subscription_id}'", code="resource_missing", param="subscription"
        )
    if params.get("prorate"):
        credits_ = [
            unused_time(draft, item, draft.get("prices", item["price"]), draft.now)
            for item in subscription["_items"]
            if item["quantity"]
        ]
        leave_pending(draft, subscription["customer"], subscription_id, credits_)
    if params.get("invoice_now") and (lines := pending_lines(draft, subscription_id)):
        occasion = invoicing.Occasion("subscription_update", draft.now, draft.now)
        bill(draft, renderer, subscription, lines, occasion, {})
    _end(draft, renderer, subscription)
    subscription["cancellation_details"].update(params.get("cancellation_details", {}))
    return renderer.show(subscription)


def end_with_period(draft: Draft, renderer: Renderer, subscription: Obj, start: int) -> None:
    """End an edited subscription whose period is over. Pending prorations are still billed, and nothing else."""
    lines = pending_lines(draft, subscription["id"])
    _end(draft, renderer, subscription)
    if not lines:
        return
    occasion = invoicing.Occasion("subscription_cycle", start, draft.now, automatic=True)
    customer = draft.get("customers", subscription["customer"])
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    assign_pending(draft, subscription["id"], invoice)
    subscription["latest_invoice"] = invoice["id"]
    draft.emit("invoice.created", renderer.show(invoice))


def delete_customer(draft: Draft, renderer: Renderer, customer_id: str) -> Obj:
    """DELETE /v1/customers/{id}: end all subscriptions at once, and collect no invoice any more."""
    snapshot = renderer.show(draft.get("customers", customer_id, in_path=True))
    for held in list(draft.every("subscriptions")):
        if held["customer"] == customer_id and held["status"] not in OVER:
            _end(draft, renderer, draft.edit("subscriptions", held["id"]))
    for invoice in list(draft.every("invoices")):
        if invoice["customer"] == customer_id:
            _stop_collecting(draft, invoice)
    draft.emit("customer.deleted", snapshot)
    return renderer.show(customers.delete(draft, customer_id))


def _end(draft: Draft, renderer: Renderer, subscription: Obj) -> None:
    """Mark an edited subscription as canceled, stop collecting its invoices, and emit the event."""
    subscription["status"] = "canceled"
    subscription["canceled_at"] = subscription["canceled_at"] or draft.now
    subscription["ended_at"] = draft.now
    subscription["cancellation_details"]["reason"] = "cancellation_requested"
    for invoice in list(draft.every("invoices")):
        if subscription_of(invoice) == subscription["id"]:
            _stop_collecting(draft, invoice)
    draft.emit("customer.subscription.deleted", renderer.show(subscription))


def _stop_collecting(draft: Draft, invoice: Obj) -> None:
    """Stop automatic collection. Stripe documents it for finalised invoices; for a renewal's draft we assume it."""
    if invoice["auto_advance"]:
        invoicing.advance(draft, draft.edit("invoices", invoice["id"]), automatic=False)
