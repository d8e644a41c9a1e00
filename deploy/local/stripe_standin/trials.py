"""Free trials: a first period that costs nothing, and what follows it.

The trial's end is the anchor of the periods after it. Where no card is there, `trial_settings` says whether the
subscription is billed all the same, is canceled, or is `paused`. [Use trial periods on subscriptions]
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import cards
from deploy.local.stripe_standin.debits import price_of
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.lines import Span, trial_line
from deploy.local.stripe_standin.world import Draft, Obj

_DAY = 86_400


def end_of(params: Mapping[str, Any], now: int) -> int | None:
    """Return the second at which a trial that begins ends; None if none begins."""
    if "trial_period_days" in params:
        return now + int(params["trial_period_days"]) * _DAY
    end = params.get("trial_end")
    if end is None or end == "now":
        return None
    if end <= now:
        raise invalid("`trial_end` must be in the future.", param="trial_end")
    return int(end)


def begin(draft: Draft, subscription: Obj, end: int) -> None:
    """Begin a trial: of a new subscription, or of one whose billing date is moved ("Set the billing renewal date")."""
    subscription.update(status="trialing", trial_start=draft.now, trial_end=end, billing_cycle_anchor=end)
    for item in subscription["_items"]:
        item.update(_anchor=end, current_period_start=draft.now, current_period_end=end)


def line_of(draft: Draft, item: Obj) -> Obj:
    """Return the line of an item's trial."""
    return trial_line(
        draft, item, price_of(draft, item), Span(item["current_period_start"], item["current_period_end"])
    )


def end_now(draft: Draft, subscription: Obj) -> None:
    """End the trial of an edited subscription."""
    subscription.update(status="active", trial_end=draft.now)


def without_card(draft: Draft, subscription: Obj) -> str | None:
    """Return what follows the trial of a customer who has no card; None if there is one, or all is billed as usual."""
    customer = draft.get("customers", subscription["customer"])
    if cards.card_that_pays(draft, customer, subscription) is not None:
        return None
    follows: str = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    return follows if follows != "create_invoice" else None
