"""A paid purchase makes its target the purchased count; a seat is paid before it is used.

That the card paid also ends a pause after a decline. An older invoice that is unpaid stays so, and its pause stands.
When the day's invoices are used up, Auto-Add's seats are unsettled: theirs is the bill that comes next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Quantities, RejectionCode
from services.seats.domain.ledger import Ledger, Purchase
from services.seats.domain.pacing import remember


@dataclass(frozen=True, slots=True)
class Paid:
    """Nothing is under way any more, and who waits can be served. `card_is_good`: a pause is over."""

    ledger: Ledger
    purchase: Purchase
    card_is_good: bool = False


@dataclass(frozen=True, slots=True)
class NotOurs:
    """It is not the purchase under way."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How it was paid: what the card paid today in cents, or not yet."""

    charged: int
    unsettled: bool = False


def purchase_settled(
    ledger: Ledger, operation_id: UUID, after: Quantities, terms: Terms, now: datetime
) -> Paid | NotOurs:
    """Decide the end of a purchase that was paid; `after` is what the subscription has now."""
    purchase = ledger.purchase
    if purchase is None or purchase.operation_id != operation_id:
        return NotOurs()
    settled = replace(ledger, purchased=after, purchase=None, held_until=None, ended=ends(ledger, purchase, now))
    if terms.unsettled:
        settled = replace(settled, unsettled=_plus_added(ledger.unsettled, purchase.before, after))
    card_is_good = terms.charged > 0 and ledger.paused not in {None, RejectionCode.PAST_DUE}
    return Paid(settled, purchase, card_is_good)


def ends(ledger: Ledger, purchase: Purchase, now: datetime) -> tuple[datetime, ...]:
    """The ends that pace the next purchase: Auto-Add's alone. An admin's change neither waits nor is waited for."""
    return remember(ledger.ended, now) if purchase.request is None else ledger.ended


def _plus_added(unsettled: Quantities, before: Quantities, after: Quantities) -> Quantities:
    for seat_type, count in after:
        unsettled = unsettled.plus(seat_type, max(0, count - before.of(seat_type)))
    return unsettled
