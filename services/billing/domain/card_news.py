"""Events about the customer's card: what was declined is worth another try, once they have all come."""

from __future__ import annotations

from datetime import timedelta

SETTLE = timedelta(seconds=2)
"""Stripe tells of a new card and of its becoming the one that is charged in two events, in either order.

The second one is `customer.updated`, which tells of much else: whether another card is charged now is read.
"""
_ABOUT_THE_CARD = frozenset(
    {
        "payment_method.attached",
        "payment_method.automatically_updated",
        "payment_method.updated",
    }
)


def is_about_the_card(event_type: str) -> bool:
    """Whether an event of this type may mean that another card is charged now."""
    return event_type in _ABOUT_THE_CARD
