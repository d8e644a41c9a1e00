"""One command of an admin may pay what is owed and then change the counts: the change waits until nothing is owed.

If the card does not pay what is owed, nothing is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from services.seats.domain.ledger import Ledger, Purchase


@dataclass(frozen=True, slots=True)
class Begin:
    """Nothing is owed anymore, and the change begins, at the price of this quote."""

    ledger: Ledger
    purchase: Purchase
    quote_id: UUID | None


def waiting_change(ledger: Ledger, command_id: UUID) -> Purchase | None:
    """The change of this command, if it waits for the payment of what is owed."""
    purchase = ledger.purchase
    if purchase is None or purchase.request is None or purchase.request.command_id != command_id:
        return None
    return purchase if purchase.request.pays_first else None


def debt_paid(ledger: Ledger, command_id: UUID) -> Begin | None:
    """The change of this command, which may begin; None if no change of it waits."""
    purchase = waiting_change(ledger, command_id)
    if purchase is None or purchase.request is None:
        return None
    begun = replace(purchase, request=replace(purchase.request, pays_first=False))
    return Begin(replace(ledger, purchase=begun), begun, purchase.request.quote_id)
