"""The seats that let in everyone who is Blocked because the bank wants a payment confirmed.

An admin's save of these counts is the purchase that Auto-Add could not make: nobody was there to confirm its payment.
"""

from __future__ import annotations

from contracts.vocabulary import Quantities


def seats_for_blocked(purchased: Quantities, active: Quantities, blocked: Quantities) -> Quantities:
    """The counts to buy: a seat for each Active and each such Blocked member, and no seat fewer than now."""
    counts = purchased
    for seat_type, waiting in blocked:
        missing = active.of(seat_type) + waiting - purchased.of(seat_type)
        counts = counts.plus(seat_type, max(0, missing))
    return counts
