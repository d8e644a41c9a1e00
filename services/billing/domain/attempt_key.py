"""The idempotency key of a call is the operation's id; only a call that is known to be over makes way for another key.

Stripe keeps the first answer to a key, a 500 included, for at least a day, so that the same key would repeat that fault
long after Stripe has recovered.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

KEPT_FOR = timedelta(hours=23)
"""Stripe forgets a key after 24 hours at the earliest; an hour is left for clocks that differ."""
MOST_CREATIONS = 20
"""So many kept faults, and we give up making something: whoever asked can ask again."""


def keys_of_change(operation_id: UUID, tries: int, *, pending: bool = False) -> tuple[str, str]:
    """The keys of an update to absolute figures: the operation's own; then, if that call is over, one for this try.

    An update that leaves its prorations pending is another call than one that bills them, and has keys of its own.

    A fresh key is safe even while an earlier try is still running at Stripe: making the figures what they are already
    bills nothing.
    """
    first = f"{operation_id}-pending" if pending else str(operation_id)
    return first, f"{first}-{tries + 1}"


def keys_of_creation(operation_id: UUID, step: str) -> tuple[str, ...]:
    """The keys of a call that makes something, in the order in which they may be used.

    Each only after the call under the one before is over: a key passed over too early would make the thing twice.
    """
    first = f"{operation_id}-{step}"
    return (first, *(f"{first}-{number}" for number in range(2, MOST_CREATIONS + 1)))


def is_forgotten(since: datetime, now: datetime) -> bool:
    """True when Stripe may have forgotten the key of the first attempt, so that only reading tells what it did."""
    return now - since >= KEPT_FOR
