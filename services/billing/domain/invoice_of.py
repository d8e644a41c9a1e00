"""Every invoice has one cause: an operation's invoice is the one that Stripe made while the operation was noted.

An update whose proration comes to nothing makes no invoice; then the newest one is another operation's.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.billing.domain.snapshots import StripeInvoiceSnapshot

_BY_UPDATE = "subscription_update"


def invoice_of_answer(latest: StripeInvoiceSnapshot | None, newest_before: str | None) -> StripeInvoiceSnapshot | None:
    """The invoice that an answered update made: the newest one, if it was not there before the update."""
    return None if latest is None or latest.id == newest_before else latest


def invoice_of_operation(operation_id: UUID, invoices: Iterable[StripeInvoiceSnapshot]) -> StripeInvoiceSnapshot | None:
    """The invoice of an operation whose answer was lost, among the subscription's invoices.

    The oldest of those that bear it: it stays noted on the subscription when somebody else makes the next one.
    """
    bearing = [one for one in invoices if one.reason == _BY_UPDATE and one.operation == str(operation_id)]
    # Stripe lists the newest first, also of those made in one second.
    return min(reversed(bearing), key=lambda one: one.created, default=None)
