"""The charge of a cycle switch may differ from its quote by the old cycle's price for the quote's ten minutes.

A switch starts a new period at the second in which it is made, and Stripe accepts no `proration_date` for it. So the
credit for unused time gets a little smaller each second until the switch.
Source: Stripe's documentation, "Prorations" and "Set the subscription billing renewal date".
"""

from __future__ import annotations

from services.billing.domain.quote import LIVES
from services.billing.domain.snapshots import StripeSubscriptionSnapshot


def may_differ(snapshot: StripeSubscriptionSnapshot) -> int:
    """The largest difference in cents: each item's price for a quote's lifetime, rounded up per invoice line."""
    seconds = int(LIVES.total_seconds())
    return sum(
        -(-item.amount(item.quantity) * seconds // max(1, item.period_end - item.period_start))
        for item in snapshot.items.values()
    )
