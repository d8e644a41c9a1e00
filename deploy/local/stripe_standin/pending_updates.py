"""Pending updates: a change that is made when its invoice is paid, and given up after 23 hours.

With `payment_behavior=pending_if_incomplete` a failed payment leaves the subscription as it was, with the change in
`pending_update` and an open invoice, which the customer can pay on its page. [Pending updates]
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.invoice_states import PAYABLE, void
from deploy.local.stripe_standin.parameters import merge_metadata
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.subscription_fields import move_end
from deploy.local.stripe_standin.world import Draft, Obj, copy_of

BEHAVIOUR = "pending_if_incomplete"
_WAITS_SECONDS = 23 * 3600
# [Pending updates reference: Supported attributes; changelog 2026-05-27.dahlia: metadata]
_ALLOWED = frozenset(
    {
        "expand",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
        "billing_cycle_anchor",
        "items",
        "trial_end",
        "metadata",
    }
)
_CHANGED = ("_items", "billing_cycle_anchor", "trial_end", "trial_start", "status")


def check_parameters(subscription: Obj, params: Mapping[str, Any]) -> None:
    """Raise Stripe's 400 for a parameter that cannot wait for a payment, or a subscription that is sent invoices."""
    if subscription["collection_method"] == "send_invoice":
        message = f"`payment_behavior={BEHAVIOUR}` is not supported for `collection_method=send_invoice`."
        raise invalid(message, param="payment_behavior")
    for name in params:
        if name not in _ALLOWED:
            message = f"When using `payment_behavior={BEHAVIOUR}`, you cannot pass `{name}`."
            raise invalid(message, param=name)


def put_off(draft: Draft, before: Obj, changed: Obj, metadata: Mapping[str, str] | None) -> Obj:
    """Undo the change whose payment failed, keep it for the payment of its invoice, and return the subscription."""
    ends = [item["current_period_end"] for item in before["_items"]]
    kept = copy_of(before)
    kept["latest_invoice"] = changed["latest_invoice"]
    kept["pending_update"] = {
        "billing_cycle_anchor": _if_other(before, changed, "billing_cycle_anchor"),
        "discount": None,
        "discounts": None,
        "expires_at": min(draft.now + _WAITS_SECONDS, *ends),
        "metadata": dict(metadata) if metadata else None,
        "subscription_items": None,
        "trial_end": _if_other(before, changed, "trial_end"),
        "trial_from_plan": None,
    }
    kept["_pending_change"] = {
        "invoice": changed["latest_invoice"],
        "fields": {name: copy_of({"value": changed[name]})["value"] for name in _CHANGED},
        "metadata": dict(metadata) if metadata else {},
    }
    return draft.add("subscriptions", kept)


def apply_if_paid(draft: Draft, renderer: Renderer, subscription_id: str) -> None:
    """Make the pending change once its invoice is paid."""
    held = draft.find("subscriptions", subscription_id)
    if held is None or held["_pending_change"] is None:
        return
    if draft.get("invoices", held["_pending_change"]["invoice"])["status"] != "paid":
        return
    before = renderer.show(held)
    subscription = draft.edit("subscriptions", subscription_id)
    change = subscription["_pending_change"]
    subscription.update(change["fields"])
    move_end(subscription)
    subscription["metadata"] = merge_metadata(subscription["metadata"], change["metadata"])
    _clear(subscription)
    draft.emit("customer.subscription.pending_update_applied", renderer.show(subscription))
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def give_up(draft: Draft, renderer: Renderer, subscription: Obj, *, expired: bool) -> None:
    """Discard an edited subscription's pending change and void its invoice, because of its time or another change."""
    change = subscription["_pending_change"]
    if change is None:
        return
    before = renderer.show(subscription)
    _clear(subscription)
    invoice = draft.edit("invoices", change["invoice"])
    if invoice["status"] in PAYABLE:
        void(draft, renderer, invoice)
    if expired:
        draft.emit("customer.subscription.pending_update_expired", renderer.show(subscription))
        draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def drop_if_void(draft: Draft, renderer: Renderer, subscription_id: str) -> None:
    """Discard the pending change whose invoice was voided."""
    held = draft.find("subscriptions", subscription_id)
    if held is None or held["_pending_change"] is None:
        return
    if draft.get("invoices", held["_pending_change"]["invoice"])["status"] == "void":
        give_up(draft, renderer, draft.edit("subscriptions", subscription_id), expired=False)


def _clear(subscription: Obj) -> None:
    subscription["pending_update"] = None
    subscription["_pending_change"] = None


def _if_other(before: Obj, changed: Obj, name: str) -> int | None:
    return changed[name] if changed[name] != before[name] else None
