"""Subscription schedules: while one manages a subscription, its items and its end cannot be changed directly.

[Subscription schedules; dust-tt/dust#32051, polarsource/polar#11129]
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import EXPAND, Flag, Text, listing, shape
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape("from_subscription", from_subscription=Text(), expand=EXPAND)
RELEASE = shape(preserve_cancel_date=Flag(), expand=EXPAND)
LIST = listing(customer=Text())


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/subscription_schedules: only from a subscription, as the dashboard does for a planned change."""
    held = draft.get("subscriptions", params["from_subscription"], param="from_subscription")
    if held["schedule"] is not None:
        raise invalid(f"You cannot migrate a subscription that is already attached to a schedule: {held['schedule']}")
    before = renderer.show(held)
    subscription = draft.edit("subscriptions", held["id"])
    schedule = draft.add("schedules", _schedule(draft, subscription))
    subscription["schedule"] = schedule["id"]
    draft.emit("subscription_schedule.created", renderer.show(schedule))
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
    return renderer.show(schedule)


def release(draft: Draft, renderer: Renderer, schedule_id: str) -> Obj:
    """POST /v1/subscription_schedules/{id}/release: the subscription goes on as it is, and can be changed again."""
    held = draft.get("schedules", schedule_id, in_path=True)
    if held["status"] != "active":
        raise invalid("You cannot release a subscription schedule that is not active or not started.")
    schedule = draft.edit("schedules", schedule_id)
    subscription = draft.edit("subscriptions", held["subscription"])
    before = renderer.show(subscription)
    schedule.update(
        status="released", released_at=draft.now, released_subscription=subscription["id"], subscription=None,
        current_phase=None,
    )  # fmt: skip
    subscription["schedule"] = None
    draft.emit("subscription_schedule.released", renderer.show(schedule))
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
    return renderer.show(schedule)


def check_unmanaged(subscription: Obj, what: str) -> None:
    """Raise Stripe's 400 where a schedule manages the subscription."""
    if subscription["schedule"] is not None:
        raise invalid(
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating"
            f" {what} directly is not allowed. Please update the schedule instead."
        )


def _schedule(draft: Draft, subscription: Obj) -> Obj:
    start = min(item["current_period_start"] for item in subscription["_items"])
    end = max(item["current_period_end"] for item in subscription["_items"])
    items = [
        {
            "billing_thresholds": None,
            "discounts": [],
            "metadata": item["metadata"],
            "price": item["price"],
            "tax_rates": [],
            **({"quantity": item["quantity"]} if "quantity" in item else {}),
        }
        for item in subscription["_items"]
    ]
    phase = {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": subscription["currency"],
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": items,
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": "create_prorations",
        "start_date": start,
        "transfer_data": None,
        "trial_end": None,
    }
    return {
        "id": new_id("sub_sched"),
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": subscription["billing_mode"],
        "canceled_at": None,
        "completed_at": None,
        "created": draft.now,
        "current_phase": {"start_date": start, "end_date": end},
        "customer": subscription["customer"],
        "customer_account": None,
        "default_settings": {
            "application_fee_percent": None,
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": subscription["collection_method"],
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "livemode": False,
        "metadata": {},
        "phases": [phase],
        "released_at": None,
        "released_subscription": None,
        "status": "active",
        "subscription": subscription["id"],
        "test_clock": None,
    }
