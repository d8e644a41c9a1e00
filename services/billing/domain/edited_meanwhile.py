"""Find quantities that somebody set between our reading and our update: the update overwrites them without a trace.

Stripe has no compare-and-set. But the update's invoice shows the quantities that it replaced: Stripe credits their
unused time, in the second for which the update was calculated.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contracts.vocabulary import Quantities
from services.billing.domain.snapshots import StripeLineSnapshot, StripeSubscriptionSnapshot


def edited_meanwhile(
    before: StripeSubscriptionSnapshot,
    lines: Sequence[StripeLineSnapshot],
    at: int | None,
    known_pending: Collection[str] = (),
) -> Quantities | None:
    """The quantities that the update replaced, if they are not those that were read before it; otherwise None.

    `at` is the second for which the update was calculated; None means the newest of the lines'. `known_pending` are
    the ids of prorations that were pending before the update and are on its invoice.
    """
    prorated = [line for line in lines if line.is_proration and line.pending not in known_pending]
    second = at if at is not None else max((line.period_start for line in prorated), default=0)
    replaced = before.quantities
    for seat_type, item in before.items.items():
        credited = [
            line.quantity
            for line in prorated
            if line.item == item.id and line.period_start == second and line.amount < 0 and line.quantity is not None
        ]
        others = [quantity for quantity in credited if quantity != item.quantity]
        if others:
            replaced = replaced.plus(seat_type, others[-1] - item.quantity)
    return replaced if replaced != before.quantities else None
