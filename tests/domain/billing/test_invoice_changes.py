"""What is new about invoices: those that stand otherwise, those that could not be paid, and the recovery."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import pytest

from contracts.vocabulary import InvoiceState
from services.billing.domain.account import Agency
from services.billing.domain.invoice_changes import InvoiceChanges, KnownInvoice, invoice_changes
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
NO_NEWS = InvoiceChanges((), (), None)


def known(*snapshot: StripeInvoiceSnapshot) -> dict[str, KnownInvoice]:
    return {one.id: one for one in invoice_changes({}, snapshot).changed}


def ids(invoices: Iterable[KnownInvoice]) -> list[str]:
    return [one.id for one in invoices]


def test_an_invoice_that_was_not_known_is_news() -> None:
    (told,) = invoice_changes({}, [PAID]).changed
    assert told == KnownInvoice(
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
    assert told.is_final


def test_an_invoice_that_stands_as_before_is_none() -> None:
    assert invoice_changes(known(PAID), [PAID]) == NO_NEWS


def test_several_are_told_oldest_first() -> None:
    older = replace(PAID, id="in_0", created=50)
    assert ids(invoice_changes({}, [PAID, older]).changed) == ["in_0", "in_1"]


def test_an_invoice_whose_card_was_tried_in_vain_has_failed() -> None:
    news = invoice_changes({}, [OPEN])
    assert ids(news.failed) == ["in_1"]
    assert not news.changed[0].is_final


def test_an_invoice_that_nobody_tried_to_pay_yet_has_not_failed() -> None:
    assert invoice_changes({}, [replace(OPEN, attempted=False)]).failed == ()


def test_an_invoice_that_stripe_gave_up_has_failed() -> None:
    given_up = replace(OPEN, state=InvoiceState.UNCOLLECTIBLE)
    assert ids(invoice_changes(known(replace(OPEN, attempted=False)), [given_up]).failed) == ["in_1"]


def test_a_failure_is_told_once_however_often_stripe_tries() -> None:
    news = invoice_changes(known(OPEN), [replace(OPEN, total=12000)])
    assert ids(news.changed) == ["in_1"]
    assert news.failed == ()


@pytest.mark.parametrize("end", [PAID, replace(OPEN, state=InvoiceState.VOID)], ids=["paid", "void"])
def test_what_was_owed_and_is_not_any_more_is_the_recovery(end: StripeInvoiceSnapshot) -> None:
    news = invoice_changes(known(OPEN), [end])
    assert news.recovered is not None
    assert news.recovered.id == "in_1"


def test_as_long_as_another_invoice_is_owed_there_is_no_recovery() -> None:
    other = replace(OPEN, id="in_2")
    assert invoice_changes(known(OPEN, other), [PAID]).recovered is None
    assert invoice_changes(known(OPEN), [PAID, other]).recovered is None


def test_a_change_of_ours_is_the_cause_of_its_invoice() -> None:
    update = replace(PAID, reason="subscription_update")
    assert invoice_changes({}, [update]).changed[0].operation_id == OPERATION


def test_the_cause_that_we_know_goes_before_what_is_noted() -> None:
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
def test_what_no_operation_of_ours_made_has_no_cause(snapshot: StripeInvoiceSnapshot) -> None:
    assert invoice_changes({}, [snapshot]).changed[0].operation_id is None


def test_an_operation_that_has_its_invoice_is_not_the_cause_of_the_next_one() -> None:
    first = replace(PAID, reason="subscription_update")
    second = replace(first, id="in_2", created=200)
    one, two = invoice_changes({}, [second, first]).changed
    assert (one.operation_id, two.operation_id) == (OPERATION, None)


def test_an_invoice_keeps_its_cause() -> None:
    update = replace(OPEN, reason="subscription_update")
    assert invoice_changes(known(update), [replace(PAID, reason="subscription_update")]).changed[0].operation_id == (
        OPERATION
    )


def test_an_invoice_that_we_made_of_what_waited_settles() -> None:
    (told,) = invoice_changes({}, [replace(PAID, reason="manual", settles=True)]).changed
    assert (told.settles, told.operation_id, told.is_open) == (True, OPERATION, False)
    assert invoice_changes({}, [replace(OPEN, settles=True)]).changed[0].is_open


def test_an_agency_that_has_an_invoice_unpaid_owes() -> None:
    agency = Agency(UUID(int=1))
    assert not agency.owes
    for one in known(OPEN).values():
        agency.keep_invoice(one)
    assert agency.owes
    assert (agency.invoiced, agency.invoices_changed) == ((100,), {"in_1"})


def test_an_invoice_that_is_no_news_hides_none_that_comes_after_it() -> None:
    second = replace(PAID, id="in_2", number="A-0002", created=200)
    assert ids(invoice_changes(known(PAID), [PAID, second]).changed) == ["in_2"]


def test_an_invoice_that_never_was_owed_is_no_recovery() -> None:
    assert invoice_changes({}, [PAID]).recovered is None
    assert invoice_changes(known(replace(PAID, state=InvoiceState.DRAFT)), [PAID]).recovered is None


def test_an_invoice_that_settles_stays_one() -> None:
    settling = replace(PAID, settles=True, amount_paid=0, state=InvoiceState.OPEN, reason="manual")
    later = replace(settling, settles=False, amount_paid=11997, state=InvoiceState.PAID)
    (told,) = invoice_changes(known(settling), [later]).changed
    assert told.settles
