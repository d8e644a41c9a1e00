"""The cost of a change, with its invoice."""

from __future__ import annotations

from contracts.message import Invoice
from services.gateway.texts.money import paid_today


def paid(charged: int, invoice: Invoice | None) -> str:
    """$31.20 today, invoice R-0042. `charged` in cents."""
    return paid_today(charged, None if invoice is None else invoice.total, None if invoice is None else invoice.number)
