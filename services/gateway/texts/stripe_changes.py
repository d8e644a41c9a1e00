"""Seats and subscriptions that were changed at Stripe itself, for problem details, pages and the activity log."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.rejection_base import FiguresJson
from contracts.vocabulary import StripeFault
from contracts.wording import stripe_fault

SEATS_LOWERED = "The number of seats was lowered at Stripe below your Active members."
OPENING_GIVEN_UP = (
    "Stripe did not complete the opening of the agency within 24 hours, so it was given up, and its domain is free"
    " again. Nothing stays charged: a payment that was made is refunded. Open the agency again, or ask support."
)
SUBSCRIPTION_ENDED = "the subscription has ended"
_SUBSCRIPTION_GONE: Mapping[str, str] = MappingProxyType(
    {
        "subscription_canceled": "The subscription was canceled at Stripe",
        "customer_deleted": "The account was deleted at Stripe",
    }
)


def nothing_to_change(figures: FiguresJson) -> str | None:
    """Why nothing can be opened or changed: Stripe accepts no change, or the subscription is gone. Else None."""
    if figures.get("opening") == "given_up":
        return OPENING_GIVEN_UP
    fault = figures.get("fault")
    if fault in set(StripeFault):
        return f"{stripe_fault(StripeFault(fault))}. Nothing was charged. Put it right at Stripe, or ask support."
    return _gone(figures, "so nothing can be bought or changed")


def no_seat(figures: FiguresJson) -> str | None:
    """Why there is no seat: the subscription is gone. None when Stripe only has fewer seats than before."""
    return _gone(figures, "so there are no seats")


def _gone(figures: FiguresJson, consequence: str) -> str | None:
    gone = _SUBSCRIPTION_GONE.get(str(figures.get("frozen")))
    return None if gone is None else f"{gone}, {consequence}. Ask support for a new subscription."
