"""Which Stripe events are about the customer's card, and how long to gather the events about one change of it."""

from __future__ import annotations

from datetime import timedelta

GATHER_FOR = timedelta(seconds=2)
"""Stripe sends two events for a new card, in either order: the card is attached, and the customer is charged by it.

The second one is `customer.updated`, which Stripe also sends for other changes. So the customer is read instead.
"""
_ABOUT_THE_CARD = frozenset(
    {
        "payment_method.attached",
        "payment_method.automatically_updated",
        "payment_method.updated",
    }
)


def is_about_the_card(event_type: str) -> bool:
    """True when an event of this type may mean that another card is charged from now on."""
    return event_type in _ABOUT_THE_CARD
