"""The open invoices of a subscription; more than are read are a debt."""

from datetime import UTC, datetime

from contracts.payment_vocabulary import InvoiceState
from contracts.vocabulary import BillingCycle
from services.billing.domain.open_invoices import OpenInvoices
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HELD = StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.MONTHLY, {}, None, None)


def invoice(number: int, *, attempted: bool) -> StripeInvoiceSnapshot:
    return StripeInvoiceSnapshot(
        f"in_{number}", None, 100, 0, None, None, None, InvoiceState.OPEN, created=number, attempted=attempted
    )


NEWER, OLDER = invoice(2, attempted=False), invoice(1, attempted=True)


def test_of_all_open_invoices_those_that_were_tried_are_owed() -> None:
    assert OpenInvoices((NEWER, OLDER)).owed(HELD, NOW) == (OLDER,)
    assert OpenInvoices((NEWER,)).owed(HELD, NOW) == ()


def test_of_more_than_are_read_all_are_owed_oldest_first_because_an_old_one_is_overdue() -> None:
    assert OpenInvoices((NEWER, OLDER), is_whole=False).owed(HELD, NOW) == (OLDER, NEWER)
    assert OpenInvoices((NEWER,), is_whole=False).owed(HELD, NOW) == (NEWER,)
