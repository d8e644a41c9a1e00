"""A paid purchase makes its target the purchased count; a seat is paid before it is used.

That the card was good also ends a pause.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Quantities
from services.seats.domain.ledger import Ledger, Purchase
from services.seats.domain.pacing import remember


@dataclass(frozen=True, slots=True)
class Paid:
    """Nothing is under way any more, and those the purchase was made for can be served."""

    ledger: Ledger
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class NotOurs:
    """It is not the purchase under way."""


def purchase_settled(ledger: Ledger, operation_id: UUID, after: Quantities, now: datetime) -> Paid | NotOurs:
    """Decide the end of a purchase that was paid; `after` is what the subscription has now."""
    purchase = ledger.purchase
    if purchase is None or purchase.operation_id != operation_id:
        return NotOurs()
    settled = replace(
        ledger, purchased=after, purchase=None, paused=None, held_until=None, ended=remember(ledger.ended, now)
    )
    return Paid(settled, purchase)
