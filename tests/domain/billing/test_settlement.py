"""Pending prorations are settled when the invoice that billed them is paid or void."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.payment_vocabulary import InvoiceState
from contracts.vocabulary import Quantities
from services.billing.domain.account import Agency
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.settlement import Loss, Settlement, billed_by, losses, settlements
from services.billing.domain.snapshots import PendingProration

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INVOICE = KnownInvoice("in_1", "A-1", 5000, 5000, InvoiceState.PAID, is_owed=False, created=100, settles=True)


def added(number: int, base: int, *left: PendingProration) -> Operation:
    """An operation that adds one Base and two Voice seats, left unsettled."""
    operation = Operation(
        UUID(int=number),
        UUID(int=99),
        OperationKind.SET_QUANTITIES,
        Quantities(base, 1),
        Quantities(base + 1, 3),
        AT + timedelta(minutes=number),
    )
    return operation.done(AT, 0, None).with_pending(left)


def waits(item: str, cents: int) -> PendingProration:
    return PendingProration(item, cents, "Remaining time", 1, "si_1")


FIRST = added(1, 2, waits("ii_1", -2000), waits("ii_2", 3000))
SECOND = added(2, 3, waits("ii_3", 1500))


def test_an_operation_with_pending_prorations_is_unsettled_until_they_are_paid() -> None:
    assert (FIRST.is_unsettled, FIRST.pending_cents) == (True, 1000)
    assert not FIRST.settled().is_unsettled
    assert not added(3, 4).is_unsettled


def test_an_agency_lists_unsettled_operations_oldest_first() -> None:
    agency = Agency(UUID(int=99), operations={operation.id: operation for operation in (SECOND, added(3, 4), FIRST)})
    assert agency.unsettled == (FIRST, SECOND)


def test_an_agency_lists_the_prorations_that_no_invoice_has_billed() -> None:
    agency = Agency(UUID(int=99), operations={operation.id: operation for operation in (SECOND, FIRST)})
    assert agency.unbilled_proration_ids == ("ii_1", "ii_2", "ii_3")


def test_prorations_that_an_invoice_has_billed_are_not_listed_any_more() -> None:
    operations = (SECOND, FIRST.billed_by("in_1"))
    agency = Agency(UUID(int=99), operations={operation.id: operation for operation in operations})
    assert agency.unbilled_proration_ids == ("ii_3",)


def test_an_invoice_has_billed_the_prorations_on_its_lines() -> None:
    assert billed_by("in_1", [FIRST, SECOND], {"ii_1", "ii_2"}) == (FIRST.billed_by("in_1"),)
    every = {"ii_1", "ii_2", "ii_3", "ii_of_others"}
    assert billed_by("in_1", [FIRST, SECOND], every) == (FIRST.billed_by("in_1"), SECOND.billed_by("in_1"))


def test_an_invoice_that_takes_a_part_of_an_operations_prorations_leaves_the_others_for_the_next() -> None:
    """An invoice has at most 250 items. Until now such an operation was settled by no invoice."""
    (partly,) = billed_by("in_1", [FIRST], {"ii_1"})
    assert (partly.pending_proration_ids, partly.proration_invoice_id) == (("ii_2",), None)
    assert partly.is_unsettled
    assert settlements([partly], [INVOICE]) == ()
    (settled,) = settlements(billed_by("in_1", [partly], {"ii_2"}), [INVOICE])
    assert (settled.seats, settled.charged) == (Quantities(1, 2), 5000)


def test_an_unrelated_invoice_has_billed_nothing_although_nothing_is_pending_any_more() -> None:
    assert billed_by("in_2", [FIRST, SECOND], ()) == ()


def test_prorations_that_another_invoice_has_billed_are_not_billed_again() -> None:
    assert billed_by("in_2", [FIRST.billed_by("in_1")], {"ii_1", "ii_2"}) == ()


def test_a_settling_invoice_settles_its_prorations_at_the_amount_paid_for_it() -> None:
    first, second = FIRST.billed_by("in_1"), SECOND.billed_by("in_1")
    (settled,) = settlements([first, second], [INVOICE])
    assert settled == Settlement((first.settled(), second.settled()), Quantities(2, 4), 5000, INVOICE)


@pytest.mark.parametrize(("paid", "charged"), [(9000, 2500), (700, 700), (0, 0)])
def test_another_invoice_settles_prorations_at_their_sum_or_at_the_amount_paid(paid: int, charged: int) -> None:
    along = replace(INVOICE, settles=False, amount_paid=paid)
    (settled,) = settlements([FIRST.billed_by("in_1"), SECOND.billed_by("in_1")], [along])
    assert settled.charged == charged


def test_prorations_that_add_up_to_a_credit_were_charged_nothing() -> None:
    credit = added(1, 2, waits("ii_1", -500)).billed_by("in_1")
    (settled,) = settlements([credit], [replace(INVOICE, settles=False)])
    assert settled.charged == 0


@pytest.mark.parametrize("state", [InvoiceState.DRAFT, InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE])
def test_an_invoice_that_is_not_paid_settles_nothing(state: InvoiceState) -> None:
    assert settlements([FIRST.billed_by("in_1")], [replace(INVOICE, state=state)]) == ()


def test_the_prorations_of_a_void_invoice_are_lost_and_not_settled() -> None:
    billed, void = FIRST.billed_by("in_1"), replace(INVOICE, state=InvoiceState.VOID, amount_paid=0)
    assert settlements([billed], [void]) == ()
    assert losses([billed], [void], ()) == (Loss((billed.settled(),), Quantities(1, 2), 1000, void),)


def test_prorations_that_stripe_has_no_more_are_lost() -> None:
    (loss,) = losses([FIRST, SECOND], [INVOICE], {"ii_2", "ii_3"})
    assert loss == Loss((FIRST.settled(), SECOND.settled()), Quantities(2, 4), 2500, None)


def test_prorations_that_wait_or_are_on_another_invoice_are_not_lost() -> None:
    assert losses([FIRST, SECOND.billed_by("in_1")], [INVOICE], ()) == ()


def test_an_invoice_without_pending_prorations_settles_nothing() -> None:
    assert settlements([FIRST, SECOND.billed_by("in_2")], [INVOICE]) == ()


def test_an_agency_knows_the_settling_invoice_that_is_not_paid() -> None:
    agency = Agency(UUID(int=99))
    assert agency.open_settlement is None
    for invoice in (replace(INVOICE, id="in_0"), replace(INVOICE, state=InvoiceState.OPEN)):
        agency.keep_invoice(invoice)
    assert agency.open_settlement == replace(INVOICE, state=InvoiceState.OPEN)
