"""The cost of a change, with its invoice."""

from __future__ import annotations

from contracts.message import Invoice
from services.gateway.texts.money import paid_today


def paid(charged: int, invoice: Invoice | None) -> str:
    """$31.20 today, invoice R-0042. `charged` in cents."""
    if invoice is None:
        return paid_today(charged, None, None)
    return paid_today(charged, invoice.total, invoice.number, is_paid=invoice.is_paid)
