"""A change counts as paid only when its invoice says paid; what will not be paid is undone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.payment_vocabulary import InvoiceState, Lapse
from contracts.vocabulary import OPERATOR, BillingCycle, Quantities
from services.billing.domain.account import Agency
from services.billing.domain.awaited_payment import (
    Lapsed,
    Paid,
    StillAwaited,
    is_processing,
    is_raised,
    is_unpaid,
    lapse_of,
    payment_of,
    payment_until,
)
from services.billing.domain.cycle_switch import CycleSwitch
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.snapshots import StripeInvoiceSnapshot
from tests.domain.billing.test_stale_check import snapshot

BEFORE, AFTER = Quantities(2, 1), Quantities(4, 1)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UNTIL = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
CHANGE = Operation(
    UUID("01990000-0000-7000-8000-000000000001"), UUID(int=1), OperationKind.SET_QUANTITIES, BEFORE, AFTER, NOW
).awaiting("in_1", UNTIL)
INVOICE = StripeInvoiceSnapshot("in_1", "A-0002", 6000, 0, None, "subscription_update", None, InvoiceState.OPEN)
RAISED = snapshot(AFTER)
PENDING = replace(snapshot(BEFORE), pending_until=int(UNTIL.timestamp()))


def known(state: InvoiceState) -> KnownInvoice:
    return KnownInvoice("in_1", "A-0002", 6000, 0, state, is_owed=False, created=1)


@pytest.mark.parametrize("state", InvoiceState)
def test_only_an_invoice_that_says_paid_is_paid(state: InvoiceState) -> None:
    assert is_unpaid(replace(INVOICE, state=state)) is (state is not InvoiceState.PAID)


def test_a_credit_and_a_change_without_an_invoice_wait_for_nothing() -> None:
    assert not is_unpaid(None)
    assert not is_unpaid(replace(INVOICE, total=-100, state=InvoiceState.DRAFT))
    assert not is_unpaid(replace(INVOICE, total=0, state=InvoiceState.DRAFT))


def test_a_payment_is_awaited_until_the_update_is_given_up_or_the_invoice_is_due() -> None:
    assert payment_until(INVOICE, PENDING) == UNTIL
    assert payment_until(replace(INVOICE, due_at=int(NOW.timestamp())), RAISED) == NOW
    assert payment_until(INVOICE, RAISED) is None


@pytest.mark.parametrize("held", [RAISED, PENDING])
@pytest.mark.parametrize("state", [InvoiceState.OPEN, InvoiceState.DRAFT])
def test_an_open_invoice_of_a_change_that_stripe_holds_is_still_awaited(held: object, state: InvoiceState) -> None:
    assert payment_of(CHANGE, known(state), held) == StillAwaited()  # type: ignore[arg-type]


def test_a_paid_invoice_ends_the_wait_once_stripe_has_made_the_change() -> None:
    assert payment_of(CHANGE, known(InvoiceState.PAID), RAISED) == Paid()
    assert payment_of(CHANGE, known(InvoiceState.PAID), PENDING) == StillAwaited()
    assert payment_of(CHANGE, known(InvoiceState.PAID), snapshot(Quantities(9, 9))) == Paid()


@pytest.mark.parametrize("state", [InvoiceState.VOID, InvoiceState.UNCOLLECTIBLE])
def test_an_invoice_that_is_void_or_written_off_lapses(state: InvoiceState) -> None:
    assert payment_of(CHANGE, known(state), RAISED) == Lapsed()


def test_a_change_that_stripe_holds_no_more_lapses() -> None:
    assert payment_of(CHANGE, known(InvoiceState.OPEN), snapshot(BEFORE)) == Lapsed()
    assert payment_of(CHANGE, known(InvoiceState.OPEN), snapshot(Quantities(3, 1))) == Lapsed()
    assert payment_of(CHANGE, known(InvoiceState.OPEN), snapshot(AFTER, status="canceled")) == Lapsed()


def test_a_change_whose_bank_debit_has_failed_lapses() -> None:
    failed = replace(known(InvoiceState.OPEN), decline_code="insufficient_funds")
    on_account = replace(RAISED, is_on_account=True)
    assert (is_processing(RAISED), is_processing(PENDING), is_processing(on_account)) == (True, False, False)
    assert payment_of(CHANGE, failed, RAISED) == Lapsed()
    assert payment_of(CHANGE, failed, PENDING) == StillAwaited(), "another card may pay it"
    assert payment_of(CHANGE, failed, on_account) == StillAwaited(), "somebody tried a card on Stripe's page"
    declined = replace(INVOICE, decline_code="insufficient_funds")
    assert lapse_of(declined, RAISED, None, NOW) is Lapse.DECLINED
    assert lapse_of(declined, RAISED, None, NOW, canceled=True) is Lapse.CANCELED


def test_the_quantities_of_an_awaited_change_are_nobody_elses() -> None:
    assert is_raised(CHANGE, RAISED)
    assert not is_raised(None, RAISED)
    assert not is_raised(CHANGE, snapshot(BEFORE))
    assert not is_raised(CHANGE, snapshot(AFTER, status="canceled"))


def test_each_lapse_has_its_reason() -> None:
    late = replace(INVOICE, state=InvoiceState.VOID, voided_at=int(UNTIL.timestamp()))
    assert lapse_of(late, snapshot(BEFORE), UNTIL, NOW) is Lapse.EXPIRED
    assert lapse_of(replace(late, voided_at=late.created), snapshot(BEFORE), UNTIL, NOW) is Lapse.VOIDED
    assert lapse_of(late, snapshot(BEFORE), None, NOW) is Lapse.VOIDED
    assert lapse_of(None, snapshot(BEFORE), UNTIL, NOW) is Lapse.VOIDED
    assert lapse_of(replace(INVOICE, state=InvoiceState.UNCOLLECTIBLE), RAISED, None, NOW) is Lapse.WRITTEN_OFF
    assert lapse_of(INVOICE, snapshot(Quantities(3, 1)), None, NOW) is Lapse.REPLACED
    assert lapse_of(INVOICE, snapshot(Quantities(3, 1)), UNTIL, UNTIL) is Lapse.REPLACED
    assert lapse_of(INVOICE, snapshot(AFTER, status="canceled"), None, NOW) is Lapse.ENDED
    assert lapse_of(INVOICE, RAISED, None, NOW, canceled=True) is Lapse.CANCELED
    assert lapse_of(late, snapshot(BEFORE), None, NOW, canceled=True) is Lapse.VOIDED, "Stripe had voided it before"


def test_a_change_whose_time_is_over_was_not_confirmed_also_before_stripe_gives_it_up() -> None:
    assert lapse_of(INVOICE, PENDING, UNTIL, UNTIL + timedelta(seconds=1)) is Lapse.EXPIRED


def test_only_a_payment_to_confirm_is_over_by_itself() -> None:
    late = UNTIL + timedelta(seconds=1)
    to_confirm = CHANGE.awaiting("in_1", UNTIL, confirms=True)
    assert to_confirm.is_unconfirmed(late)
    assert not to_confirm.is_unconfirmed(UNTIL)
    assert not CHANGE.is_unconfirmed(late), "a sent invoice that is overdue can still be paid"
    assert not CHANGE.awaiting("in_1", None, confirms=True).is_unconfirmed(late)
    assert not to_confirm.done(NOW, 6000, "in_1").is_unconfirmed(late)


def test_an_agency_has_at_most_one_change_that_waits() -> None:
    agency = Agency(UUID(int=1))
    assert agency.awaited is None
    agency.keep(CHANGE)
    assert agency.awaited == CHANGE
    assert not agency.is_busy, "readings and quotes go on"
    agency.keep(CHANGE.done(NOW, 6000, "in_1"))
    assert agency.awaited is None


def test_a_switch_that_waits_is_made_at_stripe_while_the_subscription_has_its_cycle() -> None:
    switch = CycleSwitch(BillingCycle.MONTHLY, BillingCycle.ANNUAL, 1, 2, {}, {}, UNTIL, OPERATOR)
    waits = replace(CHANGE, kind=OperationKind.SWITCH_CYCLE, before=AFTER, switch=switch)
    switched = replace(RAISED, cycle=BillingCycle.ANNUAL)
    assert is_raised(waits, switched)
    assert not is_raised(waits, RAISED)
    assert payment_of(waits, known(InvoiceState.OPEN), switched) == StillAwaited()
    assert payment_of(waits, known(InvoiceState.OPEN), RAISED) == Lapsed()
