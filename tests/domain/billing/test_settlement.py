"""What was left pending is settled when the invoice that took it is paid, or voided."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.vocabulary import InvoiceState, Quantities
from services.billing.domain.account import Agency
from services.billing.domain.invoice_news import KnownInvoice
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.settlement import Settlement, settlements, taken_by
from services.billing.domain.snapshots import Pending

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INVOICE = KnownInvoice("in_1", "A-1", 5000, 5000, InvoiceState.PAID, is_owed=False, created=100, settles=True)


def added(number: int, base: int, *left: Pending) -> Operation:
    """One Base and two Voice more, left unsettled."""
    operation = Operation(
        UUID(int=number),
        UUID(int=99),
        OperationKind.SET_QUANTITIES,
        Quantities(base, 1),
        Quantities(base + 1, 3),
        AT + timedelta(minutes=number),
    )
    return operation.done(AT, 0, None).leaving(left)


def waits(item: str, cents: int) -> Pending:
    return Pending(item, cents, "Remaining time", 1, "si_1")


FIRST = added(1, 2, waits("ii_1", -2000), waits("ii_2", 3000))
SECOND = added(2, 3, waits("ii_3", 1500))


def test_an_operation_that_left_something_is_unsettled_until_that_is_paid() -> None:
    assert (FIRST.is_unsettled, FIRST.left_cents) == (True, 1000)
    assert not FIRST.settled().is_unsettled
    assert not added(3, 4).is_unsettled


def test_an_agency_lists_what_is_unsettled_oldest_first() -> None:
    agency = Agency(UUID(int=99), operations={one.id: one for one in (SECOND, added(3, 4), FIRST)})
    assert agency.unsettled == (FIRST, SECOND)


def test_an_invoice_takes_what_waits_no_more() -> None:
    assert taken_by("in_1", [FIRST, SECOND], {"ii_3"}) == (FIRST.taken("in_1"),)
    assert taken_by("in_1", [FIRST, SECOND], ()) == (FIRST.taken("in_1"), SECOND.taken("in_1"))


def test_what_another_invoice_has_is_not_taken_again() -> None:
    assert taken_by("in_2", [FIRST.taken("in_1")], ()) == ()


def test_what_the_settling_invoice_took_is_settled_at_what_the_card_paid_for_it() -> None:
    first, second = FIRST.taken("in_1"), SECOND.taken("in_1")
    (settled,) = settlements([first, second], [INVOICE])
    assert settled == Settlement((first.settled(), second.settled()), Quantities(2, 4), 5000, INVOICE)


@pytest.mark.parametrize(("paid", "charged"), [(9000, 2500), (700, 700), (0, 0)])
def test_what_another_invoice_took_along_is_settled_at_what_it_came_to_or_was_paid(paid: int, charged: int) -> None:
    along = replace(INVOICE, settles=False, amount_paid=paid)
    (settled,) = settlements([FIRST.taken("in_1"), SECOND.taken("in_1")], [along])
    assert settled.charged == charged


def test_what_came_to_a_credit_was_charged_nothing() -> None:
    credit = added(1, 2, waits("ii_1", -500)).taken("in_1")
    (settled,) = settlements([credit], [replace(INVOICE, settles=False)])
    assert settled.charged == 0


@pytest.mark.parametrize("state", [InvoiceState.DRAFT, InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE])
def test_an_invoice_that_is_not_paid_settles_nothing(state: InvoiceState) -> None:
    assert settlements([FIRST.taken("in_1")], [replace(INVOICE, state=state)]) == ()


def test_a_voided_invoice_settles_what_it_took_for_nothing() -> None:
    (settled,) = settlements([FIRST.taken("in_1")], [replace(INVOICE, state=InvoiceState.VOID, amount_paid=0)])
    assert settled.charged == 0


def test_an_invoice_that_took_nothing_settles_nothing() -> None:
    assert settlements([FIRST, SECOND.taken("in_2")], [INVOICE]) == ()


def test_the_settling_invoice_that_is_not_paid_is_the_one_to_be_paid() -> None:
    agency = Agency(UUID(int=99))
    assert agency.open_settlement is None
    for one in (replace(INVOICE, id="in_0"), replace(INVOICE, state=InvoiceState.OPEN)):
        agency.keep_invoice(one)
    assert agency.open_settlement == replace(INVOICE, state=InvoiceState.OPEN)
