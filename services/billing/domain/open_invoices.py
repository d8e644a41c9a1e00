"""The open invoices of a subscription as Stripe lists them. More than are read are a debt, whatever each of them is.

The oldest ones are at the end of the list, and an old one is overdue. Nobody has that many by paying, so nothing is
changed until somebody has paid or voided them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.billing.domain.debt import owing_at_stripe
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class OpenInvoices:
    """The newest open invoices, newest first. `is_whole` is False when there are more."""

    invoices: tuple[StripeInvoiceSnapshot, ...]
    is_whole: bool = True

    def owed(self, snapshot: StripeSubscriptionSnapshot, now: datetime) -> tuple[StripeInvoiceSnapshot, ...]:
        """The invoices that the subscription owes, oldest first."""
        if not self.is_whole:
            return self.invoices[::-1]
        return owing_at_stripe(self.invoices, snapshot, now)
