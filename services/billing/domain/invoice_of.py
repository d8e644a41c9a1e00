"""Find the invoice of an operation: Stripe makes it while the operation's id is in the subscription's metadata.

An update whose prorations add up to nothing makes no invoice; then the newest invoice belongs to another operation.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.billing.domain.snapshots import StripeInvoiceSnapshot

_BY_UPDATE = "subscription_update"


def invoice_of_answer(latest: StripeInvoiceSnapshot | None, newest_before: str | None) -> StripeInvoiceSnapshot | None:
    """The invoice of an update whose answer we have: the newest one, if it did not exist before the update."""
    return None if latest is None or latest.id == newest_before else latest


def invoice_of_operation(operation_id: UUID, invoices: Iterable[StripeInvoiceSnapshot]) -> StripeInvoiceSnapshot | None:
    """The invoice of an update whose answer was lost, among the subscription's invoices.

    The oldest one with the operation's id: the id stays in the metadata, so invoices of others carry it too.
    """
    candidates = [
        invoice for invoice in invoices if invoice.reason == _BY_UPDATE and invoice.operation == str(operation_id)
    ]
    # Stripe lists the newest first, also within one second.
    return min(reversed(candidates), key=lambda invoice: invoice.created, default=None)
