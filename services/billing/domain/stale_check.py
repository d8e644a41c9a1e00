"""A change is sent only if the subscription still is what the order started from; a change of our own is never stale.

The order's id is noted on the subscription by the very update that sets the quantities, so whoever reads it later knows
whose change it sees, also when the answer was lost and however long ago that was.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from contracts.vocabulary import Quantities
from services.billing.domain.seen import SeenSubscription


@dataclass(frozen=True, slots=True)
class Send:
    """The quantities are those of the order's `before`: send the update."""


@dataclass(frozen=True, slots=True)
class Applied:
    """This order's own update is there already; only its answer was lost."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody else changed the quantities; nothing is sent."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class Unusable:
    """The subscription has ended, or lacks one of its two items: nothing can be bought on it."""

    actual: Quantities


def stale_check(operation_id: UUID, before: Quantities, seen: SeenSubscription) -> Send | Applied | Stale | Unusable:
    """What is to be done about an order, now that the subscription has been read."""
    if seen.operation == str(operation_id):
        return Applied()
    if not seen.is_usable:
        return Unusable(seen.quantities)
    if seen.quantities != before:
        return Stale(seen.quantities)
    return Send()
