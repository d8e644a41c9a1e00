"""Invoices that changed, failed payments, and the recovery are found by comparing with what is known."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import pytest

from contracts.payment_vocabulary import InvoiceState
from services.billing.domain.account import Agency
from services.billing.domain.invoice_changes import InvoiceChanges, KnownInvoice, invoice_changes, ours
from services.billing.domain.snapshots import StripeInvoiceSnapshot

OPERATION = UUID("01990000-0000-7000-8000-000000000001")
PAID = StripeInvoiceSnapshot(
    "in_1",
    "A-0001",
    11997,
    11997,
    "https://stripe.example/in_1",
    "subscription_cycle",
    str(OPERATION),
    created=100,
    pdf_url="https://stripe.example/in_1/pdf",
)
OPEN = replace(PAID, amount_paid=0, state=InvoiceState.OPEN)
NO_CHANGES = InvoiceChanges((), (), None)


def known(*snapshots: StripeInvoiceSnapshot) -> dict[str, KnownInvoice]:
    return {invoice.id: invoice for invoice in invoice_changes({}, snapshots).changed}


def ids(invoices: Iterable[KnownInvoice]) -> list[str]:
    return [invoice.id for invoice in invoices]


def test_an_unknown_invoice_has_changed() -> None:
    (invoice,) = invoice_changes({}, [PAID]).changed
    assert invoice == KnownInvoice(
        "in_1",
        "A-0001",
        11997,
        11997,
        InvoiceState.PAID,
        is_owed=False,
        created=100,
        url=PAID.url,
        pdf_url=PAID.pdf_url,
    )
    assert invoice.is_final


def test_an_invoice_without_a_difference_has_not_changed() -> None:
    assert invoice_changes(known(PAID), [PAID]) == NO_CHANGES


def test_changed_invoices_are_listed_oldest_first() -> None:
    older = replace(PAID, id="in_0", created=50)
    assert ids(invoice_changes({}, [PAID, older]).changed) == ["in_0", "in_1"]


def test_an_open_invoice_whose_card_was_tried_has_failed() -> None:
    changes = invoice_changes({}, [OPEN])
    assert ids(changes.failed) == ["in_1"]
    assert not changes.changed[0].is_final


def test_an_invoice_that_was_not_tried_yet_has_not_failed() -> None:
    assert invoice_changes({}, [replace(OPEN, attempted=False)]).failed == ()


def test_an_uncollectible_invoice_has_failed() -> None:
    given_up = replace(OPEN, state=InvoiceState.UNCOLLECTIBLE)
    assert ids(invoice_changes(known(replace(OPEN, attempted=False)), [given_up]).failed) == ["in_1"]


def test_a_failure_is_reported_once_however_often_stripe_tries() -> None:
    changes = invoice_changes(known(OPEN), [replace(OPEN, total=12000)])
    assert ids(changes.changed) == ["in_1"]
    assert changes.failed == ()


@pytest.mark.parametrize("end", [PAID, replace(OPEN, state=InvoiceState.VOID)], ids=["paid", "void"])
def test_an_invoice_that_is_not_owed_any_more_was_paid(end: StripeInvoiceSnapshot) -> None:
    changes = invoice_changes(known(OPEN), [end])
    assert changes.paid is not None
    assert changes.paid.id == "in_1"


def test_the_reason_of_the_last_decline_is_kept_until_the_invoice_is_paid() -> None:
    (declined,) = invoice_changes(known(OPEN), [OPEN], decline_code="expired_card").changed
    assert declined.decline_code == "expired_card"
    assert invoice_changes({"in_1": declined}, [OPEN]).changed == (), "another reading knows no reason"
    assert invoice_changes({"in_1": declined}, [PAID]).changed[0].decline_code is None


def test_the_reason_of_a_decline_that_stripe_made_is_read_with_the_invoice() -> None:
    renewal = replace(OPEN, decline_code="insufficient_funds")
    assert invoice_changes({}, [renewal]).failed[0].decline_code == "insufficient_funds"


def test_an_invoice_of_our_change_has_our_operation() -> None:
    update = replace(PAID, reason="subscription_update")
    assert invoice_changes({}, [update]).changed[0].operation_id == OPERATION


def test_a_known_operation_takes_precedence_over_the_metadata() -> None:
    cause = UUID(int=7)
    assert invoice_changes({}, [PAID], cause).changed[0].operation_id == cause


@pytest.mark.parametrize(
    "snapshot",
    [
        PAID,
        replace(PAID, reason="manual"),
        replace(PAID, reason="subscription_update", operation=None),
        replace(PAID, reason="subscription_update", operation="x"),
    ],
    ids=["a renewal", "by hand", "nothing noted", "another's note"],
)
def test_an_invoice_that_no_operation_made_has_none(snapshot: StripeInvoiceSnapshot) -> None:
    assert invoice_changes({}, [snapshot]).changed[0].operation_id is None


def test_an_operation_has_only_one_invoice() -> None:
    first = replace(PAID, reason="subscription_update")
    second = replace(first, id="in_2", created=200)
    earlier, later = invoice_changes({}, [second, first]).changed
    assert (earlier.operation_id, later.operation_id) == (OPERATION, None)


def test_an_invoice_keeps_its_operation() -> None:
    update = replace(OPEN, reason="subscription_update")
    assert invoice_changes(known(update), [replace(PAID, reason="subscription_update")]).changed[0].operation_id == (
        OPERATION
    )


def test_an_invoice_made_for_pending_prorations_is_a_settling_one() -> None:
    (invoice,) = invoice_changes({}, [replace(PAID, reason="manual", settles=True)]).changed
    assert (invoice.settles, invoice.operation_id, invoice.is_open) == (True, OPERATION, False)
    assert invoice_changes({}, [replace(OPEN, settles=True)]).changed[0].is_open


def test_an_agency_keeps_its_invoices_and_counts_them() -> None:
    agency = Agency(UUID(int=1))
    for invoice in known(OPEN).values():
        agency.keep_invoice(invoice)
    assert (agency.invoiced, agency.invoices_changed) == ((100,), {"in_1"})


def test_an_unchanged_invoice_does_not_hide_a_later_change() -> None:
    second = replace(PAID, id="in_2", number="A-0002", created=200)
    assert ids(invoice_changes(known(PAID), [PAID, second]).changed) == ["in_2"]


def test_the_payment_of_an_invoice_that_was_never_owed_ends_no_debt() -> None:
    assert invoice_changes({}, [PAID]).paid is None
    assert invoice_changes(known(replace(PAID, state=InvoiceState.DRAFT)), [PAID]).paid is None


def test_a_settling_invoice_stays_one() -> None:
    settling = replace(PAID, settles=True, amount_paid=0, state=InvoiceState.OPEN, reason="manual")
    later = replace(settling, settles=False, amount_paid=11997, state=InvoiceState.PAID)
    (invoice,) = invoice_changes(known(settling), [later]).changed
    assert invoice.settles


def test_invoices_of_another_subscription_or_of_none_are_not_ours() -> None:
    mine = replace(PAID, subscription="sub_1")
    others = [replace(PAID, id="in_2", subscription="sub_2"), replace(PAID, id="in_3", subscription=None)]
    assert ours([mine, *others], {}, {"sub_1"}) == (mine,)


def test_an_invoice_that_is_known_stays_ours_after_the_subscription_was_replaced() -> None:
    older = replace(PAID, subscription="sub_0")
    assert ours([older], known(older), {"sub_1"}) == (older,)


def test_the_invoice_of_a_change_that_waits_for_its_payment_is_not_owed() -> None:
    changes = invoice_changes({}, [OPEN], awaited=OPEN.id)
    assert (ids(changes.changed), changes.failed) == ([OPEN.id], ())
    later = invoice_changes({invoice.id: invoice for invoice in changes.changed}, [PAID], awaited=OPEN.id)
    assert (ids(later.changed), later.paid) == ([PAID.id], None)
