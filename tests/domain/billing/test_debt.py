"""What our subscription owes: open invoices past their first attempt, oldest first."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.payment_vocabulary import Debt, InvoiceState
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.account import Account, Agency
from services.billing.domain.debt import (
    being_paid,
    debt_of,
    has_a_price,
    is_behind,
    only_adds,
    owing,
    owing_at_stripe,
    paid_too,
)
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeItemSnapshot, StripeSubscriptionSnapshot
from tests.support.clock import START

OPERATION = UUID(int=9)
UNPAID = KnownInvoice(
    "in_1",
    "A-0001",
    11997,
    0,
    InvoiceState.OPEN,
    is_owed=True,
    created=100,
    subscription="sub_1",
    amount_remaining=11997,
    decline_code="expired_card",
)
LATER = replace(UNPAID, id="in_2", created=200, amount_remaining=300, decline_code=None)
WRITTEN_OFF = replace(UNPAID, state=InvoiceState.UNCOLLECTIBLE)


def test_an_open_invoice_past_its_first_attempt_is_owed_the_oldest_first() -> None:
    assert owing([LATER, UNPAID], "sub_1", "past_due") == (UNPAID, LATER)
    assert owing([UNPAID], "sub_1", "active") == (UNPAID,), "Stripe's status tells of the newest invoice only"


@pytest.mark.parametrize(
    "invoice",
    [
        replace(UNPAID, is_owed=False),
        replace(UNPAID, state=InvoiceState.DRAFT),
        replace(UNPAID, state=InvoiceState.PAID, is_owed=False),
        replace(UNPAID, state=InvoiceState.VOID, is_owed=False),
        replace(UNPAID, subscription="sub_0"),
    ],
    ids=["not tried yet", "draft", "paid", "void", "of another subscription"],
)
def test_no_other_invoice_is_owed(invoice: KnownInvoice) -> None:
    assert owing([invoice], "sub_1", "past_due") == ()


@pytest.mark.parametrize(("status", "owed"), [("active", ()), ("trialing", ()), ("past_due", (WRITTEN_OFF,))])
def test_an_invoice_that_was_written_off_is_owed_until_the_subscription_is_active(
    status: str, owed: tuple[KnownInvoice, ...]
) -> None:
    assert owing([WRITTEN_OFF], "sub_1", status) == owed


def test_the_invoice_of_an_operation_under_way_is_not_owed() -> None:
    assert owing([replace(UNPAID, operation_id=OPERATION)], "sub_1", "active", {OPERATION}) == ()


def test_an_invoice_that_was_stored_without_its_subscription_is_ours() -> None:
    assert len(owing([replace(UNPAID, subscription=None)], "sub_1", "active")) == 1


def test_a_debt_is_the_sum_of_what_is_left_to_pay_with_the_reason_of_the_oldest() -> None:
    assert debt_of([UNPAID, LATER]) == Debt(2, 12297, "usd", "expired_card")
    assert debt_of([]) is None


def test_at_stripe_the_same_invoices_are_owed() -> None:
    tried = StripeInvoiceSnapshot("in_1", None, 500, 0, None, None, None, InvoiceState.OPEN, 100, amount_remaining=500)
    others = [replace(tried, id="in_2", attempted=False), replace(tried, id="in_3", state=InvoiceState.PAID)]
    snapshot = StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.MONTHLY, {}, None, None)
    now = datetime.fromtimestamp(5000, UTC)
    assert owing_at_stripe([*others, tried], snapshot, now) == (tried,)
    sent = replace(tried, attempted=False, due_at=5000)
    assert owing_at_stripe([sent], replace(snapshot, status="past_due"), now) == (sent,)
    assert owing_at_stripe([replace(sent, due_at=5061)], snapshot, now) == (), "it is not due for a minute yet"


def test_what_was_paid_adds_up() -> None:
    first = paid_too(None, UNPAID)
    assert first == Debt(1, 11997)
    assert paid_too(first, LATER) == Debt(2, 12297)
    assert paid_too(first, None) == first


def test_a_change_that_takes_any_seat_away_credits_something() -> None:
    assert only_adds(Quantities(2, 1), Quantities(3, 1))
    assert not only_adds(Quantities(2, 1), Quantities(3, 0))


def test_an_agency_owes_what_its_subscription_owes() -> None:
    agency = Agency(UUID(int=1))
    assert not agency.owes, "there is no account"
    agency.keep_account(Account("cus_1", "sub_1", Quantities(1, 0), BillingCycle.MONTHLY, 3100))
    agency.keep_invoice(replace(UNPAID, operation_id=OPERATION))
    assert agency.owed == (replace(UNPAID, operation_id=OPERATION),)
    operation = Operation(
        OPERATION, agency.id, OperationKind.SET_QUANTITIES, Quantities(1, 0), Quantities(2, 0), began_at=START
    )
    agency.keep(operation)
    assert not agency.owes


def held(status: str) -> StripeSubscriptionSnapshot:
    items = {SeatType.BASE: StripeItemSnapshot("si_1", 2, (Tier(None, Decimal(2999)),))}
    return StripeSubscriptionSnapshot("sub_1", status, BillingCycle.MONTHLY, items, None, None)


@pytest.mark.parametrize(
    ("status", "owes", "adds", "removes", "switch"),
    [
        ("active", False, True, True, True),
        ("active", True, True, False, False),
        ("past_due", False, True, False, False),
        ("unpaid", True, True, False, False),
        ("unpaid", False, False, False, False),
        ("incomplete", False, False, False, False),
        ("paused", False, False, False, False),
    ],
)
def test_a_change_that_nobody_could_save_has_no_price(
    status: str, *, owes: bool, adds: bool, removes: bool, switch: bool
) -> None:
    # Until now an addition had a price while Stripe left every invoice as a draft, and its save was refused.
    more, less, same = Quantities(3, 0), Quantities(1, 0), Quantities(2, 0)
    assert has_a_price(held(status), more, owes=owes) is adds
    assert has_a_price(held(status), less, owes=owes) is removes
    assert has_a_price(held(status), same, owes=owes, is_switch=True) is switch
    assert is_behind(held(status), owes=owes) is (status != "active" or owes)


def test_an_invoice_that_a_list_shows_as_tried_and_a_reading_does_not_is_being_paid_by_the_bank() -> None:
    listed = StripeInvoiceSnapshot("in_1", None, 11997, 0, None, None, None, InvoiceState.OPEN, attempted=True)
    paying = replace(listed, attempted=False)
    assert being_paid([listed], [paying]) == (paying,)
    assert being_paid([listed], [listed]) == (), "the bank has declined it"
    assert being_paid([paying], [paying]) == (), "nobody has tried it yet"
    assert being_paid([listed], [replace(paying, state=InvoiceState.PAID)]) == ()
