"""From what was read at Stripe to what is said on the bus."""

from __future__ import annotations

from contracts.message import Invoice
from services.billing.domain.seen import SeenInvoice


def told_invoice(seen: SeenInvoice | None) -> Invoice | None:
    """An invoice as people refer to it."""
    if seen is None:
        return None
    return Invoice(
        id=seen.id,
        number=seen.number,
        total=seen.total,
        amount_paid=seen.amount_paid,
        url=seen.url,
    )
