"""By how much the charge of a switch may differ from its quote: by what runs out of the old cycle in ten minutes.

A switch of the cycle starts a new period at the second in which it is made, and Stripe takes no `proration_date` for
that, so that the unused time credited gets a little less each second until the switch.
Source: Stripe's documentation, "Prorations" and "Set the subscription billing renewal date".
"""

from __future__ import annotations

from services.billing.domain.plan_total import plan_total
from services.billing.domain.quote import LIVES
from services.billing.domain.snapshots import StripeSubscriptionSnapshot


def may_differ(snapshot: StripeSubscriptionSnapshot) -> int:
    """Cents, at most: for each item, the price of the seconds of a quote's life; each line is rounded by itself."""
    seconds = int(LIVES.total_seconds())
    return sum(
        -(-plan_total([(item.tiers, item.quantity)]) * seconds // (item.period_end - item.period_start))
        for item in snapshot.items.values()
    )
