"""The seats that let in Blocked members: free seats first, and then those that have to be bought.

A seat that a member in line waits for is not free. Invited people hold no seat.
"""

from __future__ import annotations

from contracts.vocabulary import Quantities, SeatType


def seats_for_blocked(purchased: Quantities, held: Quantities, blocked: Quantities) -> Quantities:
    """The counts to buy: a seat for each who holds or awaits one and for each Blocked member, and no fewer than now."""
    counts = purchased
    for seat_type, waiting in blocked:
        missing = held.of(seat_type) + waiting - purchased.of(seat_type)
        counts = counts.plus(seat_type, max(0, missing) if waiting else 0)
    return counts


def free_for_blocked(purchased: Quantities, held: Quantities, blocked: Quantities) -> Quantities:
    """How many of the Blocked members find a free seat now."""
    free = [max(0, min(blocked.of(kind), purchased.of(kind) - held.of(kind))) for kind in SeatType]
    return Quantities(*free)
