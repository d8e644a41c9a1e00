"""Seat counts cannot be reduced below the Active members of a type: remove members first.

To convert a full type, add seats of the other type first, then switch people, then reduce. seats decides an admin's
change with this rule; the gateway's live preview applies the same rule before the admin saves. Standard library only,
so that a domain rule may import it.
"""

from __future__ import annotations

from dataclasses import replace

from contracts.seat_rejections import BelowActive
from contracts.vocabulary import Quantities, SeatType


def below_active(after: Quantities, purchased: Quantities, active: Quantities) -> BelowActive | None:
    """The rejection of these new counts, or None where no type would be below Active."""
    # A type that was lowered below Active at Stripe may be raised by less than all that is missing.
    below = [
        seat_type for seat_type in SeatType if after.of(seat_type) < min(active.of(seat_type), purchased.of(seat_type))
    ]
    if not below:
        return None
    first = below[0]
    other = next(seat_type for seat_type in SeatType if seat_type is not first)
    figures = BelowActive(first, purchased.of(first), active.of(first), after.of(first))
    if other in below:
        return replace(
            figures,
            other_seat_type=other,
            other_purchased=purchased.of(other),
            other_active=active.of(other),
            other_requested=after.of(other),
        )
    add, switch = after.of(other) - purchased.of(other), active.of(first) - after.of(first)
    if add > 0 and after.of(other) - active.of(other) >= switch:
        return replace(figures, add_seat_type=other, add=add, switch=switch)
    return figures
