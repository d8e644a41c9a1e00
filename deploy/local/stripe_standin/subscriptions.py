"""The subscription endpoints: create, update and resume, with the invoice of each change and its payment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.stripe_standin import coupons, invoicing, pending_updates, schedules, trials
from deploy.local.stripe_standin.billing import bill, subscription_of
from deploy.local.stripe_standin.changes import ChangeLines, Changer, Terms
from deploy.local.stripe_standin.debits import bill_period, price_of
from deploy.local.stripe_standin.errors import StripeError, invalid
from deploy.local.stripe_standin.invoice_states import void
from deploy.local.stripe_standin.items import begin_period, check_items, new_item
from deploy.local.stripe_standin.limits import count_quantity_update
from deploy.local.stripe_standin.pending import leave_pending, pending_lines
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.subscription_fields import move_end, set_before_billing, set_end
from deploy.local.stripe_standin.subscription_parameters import OVER, blank
from deploy.local.stripe_standin.world import Draft, Obj, copy_of

# An `incomplete` subscription expires when its first invoice was not paid for so long. [Subscription statuses]
INCOMPLETE_SECONDS = 23 * 3600


@dataclass(frozen=True)
class Change:
    """The effect of a change: its lines, the second of its prorations, and whether they are invoiced now."""

    change_lines: ChangeLines
    at: int
    invoice_now: bool


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/subscriptions: billed at once. With `error_if_incomplete` a failed card leaves no subscription."""
    customer = draft.get("customers", params["customer"], param="customer")
    subscription = blank(draft, customer, _currency(draft, customer, params), params)
    draft.add("subscriptions", subscription)
    set_before_billing(draft, renderer, subscription, {**params, "metadata": {}})
    trial_end = trials.end_of(params, draft.now)
    for item_params in params["items"]:
        item = new_item(draft, subscription, item_params)
        subscription["_items"].append(item)
        if item_params.get("discounts"):
            coupons.replace(draft, renderer, item, item_params["discounts"])
    check_items(subscription)
    if trial_end is not None:
        trials.begin(draft, subscription, trial_end)
    lines = []
    for item in subscription["_items"]:
        if trial_end is None:
            begin_period(item, price_of(draft, item), draft.now, draft.now)
        lines += _first_lines(draft, subscription, item)
    failure = None
    if lines:
        occasion = invoicing.Occasion("subscription_create", draft.now, draft.now)
        failure = bill(draft, renderer, subscription, [*lines, *pending_lines(draft, customer["id"])], occasion, params)
    if failure is not None:
        subscription["status"] = "incomplete"
        subscription["_expires_at"] = draft.now + INCOMPLETE_SECONDS
    set_end(draft, subscription, params)
    draft.emit("customer.subscription.created", renderer.show(subscription))
    return renderer.show(subscription)


def update(
    draft: Draft, renderer: Renderer, subscription_id: str, params: Mapping[str, Any], *, by_hand: bool = False
) -> Obj:
    """POST /v1/subscriptions/{id}. `by_hand` is from the dashboard or the portal."""
    held = draft.get("subscriptions", subscription_id, in_path=True)
    before, was = renderer.show(held), copy_of(held)
    waits = params.get("payment_behavior") == pending_updates.BEHAVIOUR
    if waits:
        pending_updates.check_parameters(held, params)
    subscription = draft.edit("subscriptions", subscription_id)
    if subscription["status"] not in OVER and _changes_items(params):
        pending_updates.give_up(draft, renderer, subscription, expired=False)
        was = copy_of(subscription)
    set_before_billing(draft, renderer, subscription, {**params, "metadata": {}} if waits else params)
    change = change_items(draft, renderer, subscription, params)
    if change.change_lines.quantity_changed:
        count_quantity_update(draft, subscription_id)
    set_end(draft, subscription, params, by_hand=by_hand)
    if change.invoice_now:
        failure = _bill_change(draft, renderer, subscription, change, params)
        if failure is not None and waits:
            subscription = pending_updates.put_off(draft, was, subscription, params.get("metadata"))
        elif failure is not None and subscription["status"] != "incomplete":
            subscription["status"] = "past_due"
    else:
        leave_pending(draft, subscription["customer"], subscription_id, change.change_lines.prorations)
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
    return renderer.show(subscription)


def resume(draft: Draft, renderer: Renderer, subscription_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/subscriptions/{id}/resume: a `paused` subscription begins a new period ("Pause subscriptions")."""
    before = renderer.show(draft.get("subscriptions", subscription_id, in_path=True))
    subscription = draft.edit("subscriptions", subscription_id)
    if subscription["status"] != "paused":
        raise invalid("You can only resume a paused subscription.")
    subscription["status"] = "active"
    change = change_items(
        draft, renderer, subscription, {**params, "billing_cycle_anchor": "now", "proration_behavior": "none"}
    )
    move_end(subscription)
    failure = _bill_change(draft, renderer, subscription, change, params)
    if failure is not None:
        subscription["status"] = "past_due"
    draft.emit("customer.subscription.resumed", renderer.show(subscription))
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
    return renderer.show(subscription)


def change_items(draft: Draft, renderer: Renderer, subscription: Obj, params: Mapping[str, Any]) -> Change:
    """Change the subscription's items and return the effect; an update and its preview share this function."""
    if subscription["status"] in OVER:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
    if params.get("items"):
        schedules.check_unmanaged(subscription, "its items")
    behaviour = params.get("proration_behavior", "create_prorations")
    ends_trial = subscription["status"] == "trialing" and params.get("trial_end") == "now"
    restart = params.get("billing_cycle_anchor") == "now" or ends_trial
    if restart and "proration_date" in params:
        raise invalid("You cannot pass `proration_date` with `billing_cycle_anchor=now`.", param="proration_date")
    at = params.get("proration_date", draft.now)
    terms = Terms(at, prorate=behaviour != "none", restart=restart)
    trial_end = trials.end_of(params, draft.now)
    made = Changer(draft, renderer, subscription, terms).apply(params.get("items", []))
    if ends_trial:
        trials.end_now(draft, subscription)
    if trial_end is not None:
        trials.begin(draft, subscription, trial_end)
    at_once = bool(made.periods) or ((behaviour == "always_invoice" or made.interval_changed) and bool(made.prorations))
    return Change(made, at, at_once)


def recover(draft: Draft, renderer: Renderer, subscription_id: str) -> None:
    """Make a subscription active again once all its invoices are paid, void or written off."""
    pending_updates.apply_if_paid(draft, renderer, subscription_id)
    pending_updates.drop_if_void(draft, renderer, subscription_id)
    held = draft.find("subscriptions", subscription_id)
    if held is None or held["status"] not in {"past_due", "incomplete", "unpaid"}:
        return
    owed = any(
        invoice["status"] == "open" and subscription_of(invoice) == subscription_id
        for invoice in draft.every("invoices")
    )
    if not owed:
        before = renderer.show(held)
        subscription = draft.edit("subscriptions", subscription_id)
        subscription["status"] = "active"
        draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def expire(draft: Draft, renderer: Renderer, subscription_id: str) -> None:
    """End an `incomplete` subscription whose first invoice was not paid in time: its invoice is void."""
    before = renderer.show(draft.get("subscriptions", subscription_id))
    subscription = draft.edit("subscriptions", subscription_id)
    subscription["status"] = "incomplete_expired"
    subscription["ended_at"] = draft.now
    invoice = draft.edit("invoices", subscription["latest_invoice"])
    if invoice["status"] == "open":
        void(draft, renderer, invoice)
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def _bill_change(
    draft: Draft, renderer: Renderer, subscription: Obj, change: Change, params: Mapping[str, Any]
) -> StripeError | None:
    made = change.change_lines
    waiting = pending_lines(draft, subscription["id"], subscription["customer"])
    lines = [*waiting, *made.prorations, *made.periods]
    occasion = invoicing.Occasion("subscription_update", draft.now, draft.now, change.at)
    return bill(draft, renderer, subscription, lines, occasion, params)


def _first_lines(draft: Draft, subscription: Obj, item: Obj) -> list[Obj]:
    if subscription["status"] == "trialing":
        return [trials.line_of(draft, item)]
    if "quantity" not in item:
        # Flexible mode bills no line for usage that is yet to come. [Compare: Suppress zero-amount line items]
        return []
    return bill_period(draft, subscription, item)


def _currency(draft: Draft, customer: Obj, params: Mapping[str, Any]) -> str:
    price = draft.get("prices", params["items"][0]["price"], param="items[0][price]") if params["items"] else {}
    currency = params.get("currency") or price.get("currency", "usd")
    live = [row for row in draft.every("subscriptions") if row["customer"] == customer["id"]]
    if any(row["status"] not in OVER and row["currency"] != currency for row in live):
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has an active subscription, discount,"
            f" quote, or invoice item with currency {live[0]['currency']}."
        )
    return str(currency)


def _changes_items(params: Mapping[str, Any]) -> bool:
    return bool(params.get("items")) or params.get("billing_cycle_anchor") == "now"


__all__ = ["OVER", "change_items", "create", "expire", "recover", "resume", "subscription_of", "update"]
