"""The target of a paid purchase becomes the purchased count: a seat is paid before it is used.

A charge that the card paid also ends a pause after a decline, but not while an older invoice is owed. Any change
that is made ends a pause because Stripe accepted none. When the
day's invoices are used up, Auto-Add's seats count as unsettled until the next settling invoice charges them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Quantities, RejectionCode
from services.seats.domain.auto_add_limit import counted
from services.seats.domain.ledger import NO_SEATS, Ledger, Purchase
from services.seats.domain.pacing import remember


@dataclass(frozen=True, slots=True)
class Paid:
    """The purchase is over, and the line can be served. `card_is_good`: a pause after a failed purchase is over."""

    ledger: Ledger
    purchase: Purchase
    card_is_good: bool = False


@dataclass(frozen=True, slots=True)
class NotOurs:
    """The operation is not the purchase under way, so its end changes nothing."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The payment of a purchase: cents that the card paid today, and whether the seats are still to be charged."""

    charged: int
    unsettled: bool = False


def purchase_settled(
    ledger: Ledger, operation_id: UUID, after: Quantities, terms: Terms, now: datetime
) -> Paid | NotOurs:
    """Decide the end of a paid purchase. `after` are the subscription's quantities now."""
    purchase = ledger.purchase
    if purchase is None or purchase.operation_id != operation_id:
        return NotOurs()
    settled = replace(ledger, purchased=after, purchase=None, held_until=None, ended=ends(ledger, purchase, now))
    if purchase.request is None:
        bought = _plus_added(NO_SEATS, purchase.before, after)
        settled = replace(settled, limits=counted(ledger.limits, bought, now))
    if terms.unsettled:
        settled = replace(settled, unsettled=_plus_added(ledger.unsettled, purchase.before, after))
    is_accepted = ledger.paused is RejectionCode.BILLING_UNAVAILABLE
    has_paid = terms.charged > 0 and ledger.paused not in {None, RejectionCode.PAST_DUE, RejectionCode.PAYMENT_DISPUTED}
    return Paid(settled, purchase, card_is_good=ledger.owed is None and (is_accepted or has_paid))


def ends(ledger: Ledger, purchase: Purchase, now: datetime) -> tuple[datetime, ...]:
    """The end times that pace the next purchase. Only purchases of Auto-Add count, not an admin's changes."""
    return remember(ledger.ended, now) if purchase.request is None else ledger.ended


def _plus_added(unsettled: Quantities, before: Quantities, after: Quantities) -> Quantities:
    for seat_type, count in after:
        unsettled = unsettled.plus(seat_type, max(0, count - before.of(seat_type)))
    return unsettled
