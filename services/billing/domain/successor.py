"""After our subscription has ended, another subscription of the same customer that has our seats takes its place.

The customer may have other subscriptions, for other products, older or newer ones. Only our own metadata tells: the
agency's id on the subscription, the seat type on its items, prices or products. The status does not matter: a
replacement that is on trial, unpaid or paused is the agency's subscription, too.
"""

from __future__ import annotations

from collections.abc import Iterable

from contracts.vocabulary import SeatType
from services.billing.domain.snapshots import StripeSubscriptionSnapshot


def successor(agency_id: str, candidates: Iterable[StripeSubscriptionSnapshot]) -> StripeSubscriptionSnapshot | None:
    """The subscription that replaces the ended one: the one that names the agency, has both types, is the newest."""
    possible = [
        snapshot
        for snapshot in candidates
        if not snapshot.is_over and snapshot.items and snapshot.agency in {None, agency_id}
    ]
    return max(possible, key=lambda snapshot: _rank(agency_id, snapshot), default=None)


def _rank(agency_id: str, snapshot: StripeSubscriptionSnapshot) -> tuple[bool, bool, int, str]:
    return (
        snapshot.agency == agency_id,
        snapshot.items.keys() == set(SeatType),
        snapshot.created,
        snapshot.id,
    )
