"""The charge of a cycle switch may differ from its quote by the old cycle's price for the quote's ten minutes.

A switch starts a new period at the second in which it is made, and Stripe accepts no `proration_date` for it. So the
credit for unused time gets a little smaller each second until the switch, and so does the tax that it gives back.
Source: Stripe's documentation, "Prorations" and "Set the subscription billing renewal date".
"""

from __future__ import annotations

from services.billing.domain.quote import LIVES
from services.billing.domain.snapshots import RecurringTotals, StripeSubscriptionSnapshot


def may_differ(snapshot: StripeSubscriptionSnapshot) -> int:
    """The largest difference in cents: each item's price and its tax for a quote's lifetime, rounded up per line."""
    seconds = int(LIVES.total_seconds())
    credits_lost = [
        -(-item.amount(item.quantity) * seconds // max(1, item.period_end - item.period_start))
        for item in snapshot.items.values()
    ]
    return sum(credits_lost) + sum(_tax_on(lost, snapshot.recurring) for lost in credits_lost)


def _tax_on(cents: int, recurring: RecurringTotals | None) -> int:
    """The tax on top of a line that changes by so many cents, and a cent for its rounding."""
    if not cents or recurring is None or recurring.tax <= 0:
        return 0
    return 1 - (-cents * recurring.tax // max(1, recurring.total - recurring.tax))
