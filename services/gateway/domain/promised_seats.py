"""An open invitation promises a seat and holds none: the first to accept gets it. Too many promises are warned of.

A seat that a first login waits for is promised too. Without a free seat there is nothing to warn of: the invitation is
rejected.
"""

from __future__ import annotations

from services.gateway.domain.seat_meters import Meter


def promises_too_many(meter: Meter) -> bool:
    """Whether one more invitation of this type promises a seat that somebody else was promised already."""
    left = meter.available - meter.waiting
    return left > 0 and meter.invited >= left
