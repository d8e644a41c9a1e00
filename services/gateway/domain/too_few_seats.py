"""The live preview names seat counts that seats would reject, and offers the part of the request that adds seats.

Whether counts are below Active is seats' rule (`contracts/below_active.py`). This file only adds the offer.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.below_active import below_active
from contracts.seat_rejections import BelowActive
from contracts.vocabulary import Quantities


@dataclass(frozen=True, slots=True)
class TooFew:
    """The rejection that a save would end with, and the counts with only the added seats (None: nothing is added)."""

    rejection: BelowActive
    increase: Quantities | None


def too_few_seats(after: Quantities, purchased: Quantities, active: Quantities) -> TooFew | None:
    """The rejection of these counts and what to offer instead; None when seats would accept the counts."""
    rejection = below_active(after, purchased, active)
    if rejection is None:
        return None
    more = Quantities(*(max(after.of(seat_type), count) for seat_type, count in purchased))
    return TooFew(rejection, None if more == purchased else more)
