"""Stripe has no compare-and-set: what somebody edited between our look and our update is overwritten, and told.

The update's invoice shows what the items had when it was made: Stripe credits the unused time of that quantity, in the
second for which the update was reckoned.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contracts.vocabulary import Quantities
from services.billing.domain.snapshots import StripeLineSnapshot, StripeSubscriptionSnapshot


def edited_meanwhile(
    before: StripeSubscriptionSnapshot,
    lines: Sequence[StripeLineSnapshot],
    at: int | None,
    waiting: Collection[str] = (),
) -> Quantities | None:
    """The quantities that the update found, where they are not those that were read before it; otherwise None.

    `at` is the second that the update was reckoned for; None: the newest of the lines'. `waiting` are the prorations
    known to have waited for this invoice.
    """
    prorated = [line for line in lines if line.is_proration and line.pending not in waiting]
    second = at if at is not None else max((line.period_start for line in prorated), default=0)
    found = before.quantities
    for seat_type, item in before.items.items():
        credited = [
            line.quantity
            for line in prorated
            if line.item == item.id and line.period_start == second and line.amount < 0 and line.quantity is not None
        ]
        others = [quantity for quantity in credited if quantity != item.quantity]
        if others:
            found = found.plus(seat_type, others[-1] - item.quantity)
    return found if found != before.quantities else None
