"""A count below the Active members is said before it is asked for, with the order of steps that works.

seats decides; this is what a page says while somebody still turns the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import Quantities, SeatType


@dataclass(frozen=True, slots=True)
class TooFew:
    """The figures of the rejection that would come, and the counts of only what is added (None: nothing is)."""

    figures: dict[str, int | str | None]
    increase: Quantities | None


def too_few_seats(wanted: Quantities, purchased: Quantities, active: Quantities) -> TooFew | None:
    """What is wrong with these counts; None when they could be had."""
    # A type that Stripe has fewer of than are Active may be raised by less than all that is missing.
    floor = {one: min(active.of(one), count) for one, count in purchased}
    below = [one for one in SeatType if wanted.of(one) < floor[one]]
    if not below:
        return None
    first = below[0]
    figures: dict[str, int | str | None] = {
        "seat_type": first.value,
        "active": active.of(first),
        "asked": wanted.of(first),
    }
    more = Quantities(*(max(wanted.of(one), count) for one, count in purchased))
    increase = None if more == purchased else more
    other = next(one for one in SeatType if one is not first)
    if other in below:
        return TooFew(figures | {"other_seat_type": other.value, "other_active": active.of(other)}, increase)
    add, switch = wanted.of(other) - purchased.of(other), active.of(first) - wanted.of(first)
    if add > 0 and wanted.of(other) - active.of(other) >= switch:
        figures |= {"add_seat_type": other.value, "add": add, "switch": switch}
    return TooFew(figures, increase)
