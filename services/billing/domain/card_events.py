"""Stripe events about the customer's card are recognized, and the events about one change of it are gathered.

Only the card that is charged counts. A payment method that is attached is not charged until somebody chooses it, and
one that is detached may have been the one that is charged, so their events only have the subscription read.
"""

from __future__ import annotations

from datetime import timedelta

GATHER_FOR = timedelta(seconds=2)
"""Stripe sends two events for a new card, in either order: the card is attached, and the customer is charged by it.

The second one is `customer.updated`, which Stripe also sends for other changes. So the customer is read instead.
"""
_ATTACHED_OR_DETACHED = frozenset({"payment_method.attached", "payment_method.detached"})
_UPDATED = frozenset({"payment_method.automatically_updated", "payment_method.updated"})


def may_choose_a_card(event_type: str) -> bool:
    """True when another payment method, or none, may be charged from now on: only a reading tells."""
    return event_type in _ATTACHED_OR_DETACHED


def updates_the_card(event_type: str, payment_method: str | None, charged: str | None) -> bool:
    """True when the card that is charged has new details, such as another expiry date, and may work again."""
    return event_type in _UPDATED and payment_method is not None and payment_method == charged
