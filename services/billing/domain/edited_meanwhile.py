"""Find quantities that somebody set between our reading and our update: the update overwrites them without a trace.

Stripe has no compare-and-set. But the Stripe event of our update names the quantities that the update replaced. The
update's invoice does not: it credits what was debited last, and an edit may have debited nothing.
Source: Stripe's documentation, "The Event object" and "Prorations: Credit prorations".
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.vocabulary import Quantities, SeatType


def edited_meanwhile(
    before: Quantities, after: Quantities, items: Mapping[SeatType, str], replaced: Mapping[str, int]
) -> Quantities | None:
    """The quantities that our update replaced, if they are not those that it started from; otherwise None.

    Quantities that are `after` already are those of an earlier attempt of ours, whose response was lost.
    `items` are the ids of the subscription's items. `replaced` are the replaced quantities by item; an item that the
    event does not name kept its quantity.
    """
    edited = before
    for seat_type, item in items.items():
        quantity = replaced.get(item, before.of(seat_type))
        edited = edited.plus(seat_type, quantity - before.of(seat_type))
    return edited if edited not in {before, after} else None
