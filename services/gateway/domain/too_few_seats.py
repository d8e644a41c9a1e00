"""A page warns of seat counts below the Active members before they are submitted, with the steps that work.

The page shows the warning while the numbers are changed; seats decides when they are submitted.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import Quantities, SeatType


@dataclass(frozen=True, slots=True)
class TooFew:
    """The figures of the rejection that would come, and the counts of only what is added (None: nothing is)."""

    figures: dict[str, int | str | None]
    increase: Quantities | None


def too_few_seats(requested: Quantities, purchased: Quantities, active: Quantities) -> TooFew | None:
    """The rejection that these counts would get; None when seats would accept them."""
    # A type that Stripe has fewer of than are Active may be raised by less than all that is missing.
    floor = {seat_type: min(active.of(seat_type), count) for seat_type, count in purchased}
    below = [seat_type for seat_type in SeatType if requested.of(seat_type) < floor[seat_type]]
    if not below:
        return None
    first = below[0]
    figures: dict[str, int | str | None] = {
        "seat_type": first.value,
        "active": active.of(first),
        "asked": requested.of(first),
    }
    more = Quantities(*(max(requested.of(seat_type), count) for seat_type, count in purchased))
    increase = None if more == purchased else more
    other = next(seat_type for seat_type in SeatType if seat_type is not first)
    if other in below:
        return TooFew(figures | {"other_seat_type": other.value, "other_active": active.of(other)}, increase)
    add, switch = requested.of(other) - purchased.of(other), active.of(first) - requested.of(first)
    if add > 0 and requested.of(other) - active.of(other) >= switch:
        figures |= {"add_seat_type": other.value, "add": add, "switch": switch}
    return TooFew(figures, increase)
