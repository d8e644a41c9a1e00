"""Tell what a subscription owes from what the bank is still paying: only an invoice read by itself shows the latter."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from services.billing.clients.stripe import StripeApi
from services.billing.domain.debt import being_paid, owing_at_stripe
from services.billing.domain.open_invoices import OpenInvoices
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot

_MOST_READ: Final = 10
"""Unpaid invoices that are read one by one. More of them are a debt, whatever the bank does with one of them."""


async def owed_and_being_paid(
    stripe: StripeApi, listed: OpenInvoices, snapshot: StripeSubscriptionSnapshot, now: datetime
) -> tuple[tuple[StripeInvoiceSnapshot, ...], tuple[StripeInvoiceSnapshot, ...]]:
    """Of the open invoices in a list, those that are owed, and those that the bank is paying."""
    owed = listed.owed(snapshot, now)
    if not owed or len(owed) > _MOST_READ:
        return owed, ()
    each = await asyncio.gather(*(stripe.invoice(invoice.id) for invoice in owed))
    read = [invoice for invoice in each if invoice is not None]
    return owing_at_stripe(read, snapshot, now), being_paid(listed.invoices, read)
