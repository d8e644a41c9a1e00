"""Ends a subscription, at once or as planned, or a customer. Open invoices are no longer collected then."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import customers, invoicing, pending_updates
from deploy.local.stripe_standin.billing import bill, make_invoice, subscription_of
from deploy.local.stripe_standin.debits import credit_rest
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.parameters import EXPAND, Flag, shape
from deploy.local.stripe_standin.pending import drop_prorations, leave_pending, pending_lines
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.subscription_parameters import CANCELLATION, OVER
from deploy.local.stripe_standin.world import Draft, Obj

CANCEL = shape(cancellation_details=CANCELLATION, invoice_now=Flag(), prorate=Flag(), expand=EXPAND)


def cancel(draft: Draft, renderer: Renderer, subscription_id: str, params: Mapping[str, Any]) -> Obj:
    """DELETE /v1/subscriptions/{id}: end it at once, with a credit only if `prorate` is set.

    Pending prorations are removed, unless `invoice_now` bills them.
    """
    draft.get("subscriptions", subscription_id, in_path=True)
    subscription = draft.edit("subscriptions", subscription_id)
    if subscription["status"] in OVER:
        raise StripeError(
            404, f"No such subscription: '{subscription_id}'", code="resource_missing", param="subscription"
        )
    if not params.get("invoice_now"):
        drop_prorations(draft, subscription_id)
    if params.get("prorate") and subscription["status"] != "trialing":
        credits_ = [
            line for item in subscription["_items"] for line in credit_rest(draft, subscription, item, draft.now)
        ]
        leave_pending(draft, subscription["customer"], subscription_id, credits_)
    if params.get("invoice_now") and (lines := pending_lines(draft, subscription_id, subscription["customer"])):
        occasion = invoicing.Occasion("subscription_update", draft.now, draft.now)
        bill(draft, renderer, subscription, lines, occasion, {})
    end(draft, renderer, subscription)
    subscription["cancellation_details"].update(params.get("cancellation_details", {}))
    return renderer.show(subscription)


def end_as_planned(draft: Draft, renderer: Renderer, subscription: Obj) -> None:
    """End an edited subscription at its time. Pending prorations are still billed, and nothing else."""
    lines = pending_lines(draft, subscription["id"])
    start = min(item["current_period_start"] for item in subscription["_items"])
    end(draft, renderer, subscription)
    if lines:
        occasion = invoicing.Occasion("subscription_cycle", start, draft.now, automatic=True)
        make_invoice(draft, renderer, subscription, lines, occasion)


def delete_customer(draft: Draft, renderer: Renderer, customer_id: str) -> Obj:
    """DELETE /v1/customers/{id}: end all subscriptions at once, and collect no invoice any more."""
    snapshot = renderer.show(draft.get("customers", customer_id, in_path=True))
    for held in list(draft.every("subscriptions")):
        if held["customer"] == customer_id and held["status"] not in OVER:
            end(draft, renderer, draft.edit("subscriptions", held["id"]))
    for invoice in list(draft.every("invoices")):
        if invoice["customer"] == customer_id:
            _stop_collecting(draft, invoice)
    draft.emit("customer.deleted", snapshot)
    return renderer.show(customers.delete(draft, customer_id))


def end(draft: Draft, renderer: Renderer, subscription: Obj, *, reason: str = "cancellation_requested") -> None:
    """Mark an edited subscription as canceled, stop collecting its invoices, and emit the event."""
    pending_updates.give_up(draft, renderer, subscription, expired=False)
    subscription["status"] = "canceled"
    subscription["canceled_at"] = subscription["canceled_at"] or draft.now
    subscription["ended_at"] = draft.now
    subscription["cancellation_details"]["reason"] = reason
    for invoice in list(draft.every("invoices")):
        if subscription_of(invoice) == subscription["id"]:
            _stop_collecting(draft, invoice)
    draft.emit("customer.subscription.deleted", renderer.show(subscription))


def _stop_collecting(draft: Draft, invoice: Obj) -> None:
    """Stop automatic collection. Stripe documents it for finalised invoices; for a renewal's draft we assume it."""
    if invoice["auto_advance"]:
        invoicing.advance(draft, draft.edit("invoices", invoice["id"]), automatic=False)
