"""A change whose invoice is not paid yet goes on waiting: its seats are incoming, and none of them counts.

It stays the one purchase under way until the invoice is paid, or until billing has undone it. Meanwhile an admin's
change is rejected with `payment_pending`, and Auto-Add buys nothing: a first login without a free seat waits in line,
where the awaited seats may serve it, for at most a day.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.seats.domain.ledger import Ledger


def payment_awaited(ledger: Ledger, operation_id: UUID) -> Ledger:
    """The ledger after billing has found the change's invoice unpaid; the same for another operation."""
    purchase = ledger.purchase
    if purchase is None or purchase.operation_id != operation_id:
        return ledger
    return replace(ledger, purchase=replace(purchase, awaits_payment=True))
