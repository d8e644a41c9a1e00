"""Sets a subscription's fields other than its items: collection, discounts, tax, pause, and its scheduled end."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import cards, coupons, schedules, taxes
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.parameters import merge_metadata
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


def set_before_billing(draft: Draft, renderer: Renderer, subscription: Obj, params: Mapping[str, Any]) -> None:
    """Set what fixes the price and the collection of the change's own invoice: discounts, tax, method, pause."""
    if "discounts" in params:
        coupons.replace(draft, renderer, subscription, params["discounts"])
    if "default_tax_rates" in params:
        subscription["default_tax_rates"] = taxes.chosen(draft, params["default_tax_rates"], "default_tax_rates")
    if "automatic_tax" in params:
        enabled = params["automatic_tax"]["enabled"]
        liability = {"type": "self"} if enabled else None
        subscription["automatic_tax"] = {"disabled_reason": None, "enabled": enabled, "liability": liability}
    taxes.check_location(draft, subscription)
    _set_collection(subscription, params)
    if "pause_collection" in params:
        pause = params["pause_collection"]
        subscription["pause_collection"] = pause and {"resumes_at": None, **pause}
    if "payment_settings" in params:
        subscription["payment_settings"].update(params["payment_settings"])
    if "default_payment_method" in params:
        subscription["default_payment_method"] = cards.of_customer(
            draft, params["default_payment_method"], subscription["customer"], "default_payment_method"
        )
    if "metadata" in params:
        subscription["metadata"] = merge_metadata(subscription["metadata"], params["metadata"])
    if "description" in params:
        subscription["description"] = params["description"]
    if "trial_settings" in params:
        subscription["trial_settings"] = params["trial_settings"]


def set_end(draft: Draft, subscription: Obj, params: Mapping[str, Any], *, by_hand: bool = False) -> None:
    """Schedule the subscription's end, or take it back.

    `by_hand` is from the dashboard or the portal: in flexible mode these set `cancel_at` alone.
    [get-engram/engram#335, shorebirdtech/shorebird#3883]
    An end with the period moves with the period; an end at a date stays. [Changelog 2025-07-30.basil: Adds helpers to
    cancel subscriptions for billing periods with mixed intervals]
    """
    if "cancellation_details" in params:
        subscription["cancellation_details"].update(params["cancellation_details"])
    if "cancel_at_period_end" in params and params.get("cancel_at") is not None:
        raise invalid("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    if "cancel_at_period_end" in params:
        schedules.check_unmanaged(subscription, "any cancelation behavior")
        ends = params["cancel_at_period_end"]
        only_at = by_hand and subscription["billing_mode"]["type"] == "flexible"
        _end_at(draft, subscription, _period_ends(subscription)[0] if ends else None)
        subscription["cancel_at_period_end"] = ends and not only_at
    elif "cancel_at" in params:
        schedules.check_unmanaged(subscription, "any cancelation behavior")
        _end_at(draft, subscription, _moment(subscription, params["cancel_at"], draft.now))
        subscription["cancel_at_period_end"] = False
    else:
        move_end(subscription)


def move_end(subscription: Obj) -> None:
    """Move an end with the period to where the period ends now."""
    if subscription["cancel_at_period_end"]:
        subscription["cancel_at"] = _period_ends(subscription)[0]


def _end_at(draft: Draft, subscription: Obj, second: int | None) -> None:
    subscription["cancel_at"] = second
    subscription["canceled_at"] = draft.now if second is not None else None
    subscription["cancellation_details"]["reason"] = "cancellation_requested" if second is not None else None


def _moment(subscription: Obj, cancel_at: int | str | None, now: int) -> int | None:
    match cancel_at:
        case "min_period_end":
            return _period_ends(subscription)[0]
        case "max_period_end":
            return _period_ends(subscription)[-1]
        case int() if cancel_at <= now:
            raise invalid("`cancel_at` must be in the future.", param="cancel_at")
        case int():
            return cancel_at
        case _:
            return None


def _period_ends(subscription: Obj) -> list[int]:
    return sorted(item["current_period_end"] for item in subscription["_items"])


def _set_collection(subscription: Obj, params: Mapping[str, Any]) -> None:
    method = params.get("collection_method", subscription["collection_method"])
    days = params.get("days_until_due", subscription["days_until_due"])
    if method == "send_invoice" and days is None:
        raise invalid(
            "`days_until_due` is required when `collection_method` is `send_invoice`.",
            param="days_until_due",
            code="parameter_missing",
        )
    if method == "charge_automatically" and "days_until_due" in params:
        raise invalid("`days_until_due` is only for `collection_method=send_invoice`.", param="days_until_due")
    subscription["collection_method"] = method
    subscription["days_until_due"] = days if method == "send_invoice" else None
