"""The idempotency key of a call is the operation's id; another key is used only after that call is known to be over.

Stripe keeps its first answer to a key, a 500 included, for at least a day. So the same key repeats a fault long after
Stripe has recovered.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

KEPT_FOR = timedelta(hours=23)
"""Stripe keeps a key for at least 24 hours; one hour is for clocks that differ."""
MOST_CREATIONS = 20
"""After this many kept faults the creation is rejected; the person can start it again."""


def keys_of_change(operation_id: UUID, tries: int, *, pending: bool = False) -> tuple[str, str]:
    """The keys of an update to absolute quantities: the operation's own; if that call is over, one for this attempt.

    An update that leaves its prorations pending is a different call from one that bills them, and has its own keys.

    A new key is safe even while an earlier attempt runs at Stripe: an update to the same quantities bills nothing.
    """
    first = f"{operation_id}-pending" if pending else str(operation_id)
    return first, f"{first}-{tries + 1}"


def keys_of_confirmation(operation_id: UUID, tries: int) -> tuple[str, str]:
    """The keys of a pending update, in the order in which they may be used. A second one replaces the first."""
    first = f"{operation_id}-confirm"
    return first, f"{first}-{tries + 1}"


def keys_of_creation(operation_id: UUID, step: str) -> tuple[str, ...]:
    """The keys of a call that creates an object, in the order in which they may be used.

    Use each key only after the call under the key before it is over: otherwise the object is created twice.
    """
    first = f"{operation_id}-{step}"
    return (first, *(f"{first}-{number}" for number in range(2, MOST_CREATIONS + 1)))


def is_forgotten(since: datetime, now: datetime) -> bool:
    """True when Stripe may have forgotten the key of the first attempt, so that only a read shows what it did."""
    return now - since >= KEPT_FOR
