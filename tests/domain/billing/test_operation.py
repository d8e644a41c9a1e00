"""An operation goes from under way to done or refused."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, SeatType
from services.billing.domain.account import Account, Agency
from services.billing.domain.hint import run_now_keys
from services.billing.domain.operation import Operation, OperationKind, OperationState
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import Pending, StripeItemSnapshot, StripeSubscriptionSnapshot

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGENCY = UUID("01990000-0000-7000-8000-00000000000a")
UNDER_WAY = Operation(
    UUID("01990000-0000-7000-8000-000000000001"),
    AGENCY,
    OperationKind.SET_QUANTITIES,
    Quantities(2, 1),
    Quantities(3, 1),
    AT,
)


def test_a_paid_operation_bears_its_charge_and_invoice() -> None:
    done = UNDER_WAY.done(AT, 1599, "in_1")
    assert (done.state, done.charged, done.invoice_id, done.ended_at) == (OperationState.DONE, 1599, "in_1", AT)
    assert not done.is_under_way


def test_a_refused_operation_bears_its_code() -> None:
    refused = UNDER_WAY.refused(AT, RejectionCode.PAYMENT_DECLINED)
    assert (refused.state, refused.code, refused.ended_at) == (
        OperationState.REFUSED,
        RejectionCode.PAYMENT_DECLINED,
        AT,
    )
    assert not refused.is_under_way


def test_telling_of_silence_settles_nothing() -> None:
    told = UNDER_WAY.with_timeout_published()
    assert told.timeout_published
    assert told.is_under_way


def test_an_event_hurries_what_is_under_way() -> None:
    settled = replace(UNDER_WAY, id=UUID("01990000-0000-7000-8000-000000000002"), state=OperationState.DONE)
    assert run_now_keys([settled, UNDER_WAY]) == (UNDER_WAY.id,)


def test_an_event_hurries_nothing_where_all_is_settled() -> None:
    assert run_now_keys([UNDER_WAY.done(AT, 0, None)]) == ()


def test_an_agency_knows_what_is_under_way_and_what_is_to_be_written() -> None:
    agency = Agency(AGENCY)
    assert agency.under_way(UNDER_WAY.id) is None
    agency.keep(UNDER_WAY)
    assert agency.under_way(UNDER_WAY.id) == UNDER_WAY
    assert agency.is_busy
    agency.keep(UNDER_WAY.done(AT, 0, None))
    assert agency.under_way(UNDER_WAY.id) is None
    assert not agency.is_busy
    agency.keep_account(Account("cus_1", "sub_1", Quantities(3, 1), BillingCycle.MONTHLY, 100))
    assert agency.changed == {UNDER_WAY.id}
    assert agency.account_changed


def test_an_account_follows_the_subscription_and_counts_our_own_changes() -> None:
    items = {SeatType.BASE: StripeItemSnapshot("si_1", 3, (Tier(None, Decimal(1000)),))}
    snapshot = StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.ANNUAL, items, None, None)
    account = Account("cus_1", "sub_1", Quantities(2, 0), BillingCycle.MONTHLY, 100)
    held = account.holding(Quantities(4, 0), snapshot).seen_anew()
    assert (held.purchased, held.cycle, held.total) == (Quantities(4, 0), BillingCycle.ANNUAL, 4000)
    assert (held.items, held.version) == ({SeatType.BASE: "si_1"}, 1)


def test_what_an_operation_leaves_is_noted_by_line_and_in_cents() -> None:
    left = UNDER_WAY.leaving([Pending("ii_1", 700, "a", 1, "si_1"), Pending("ii_2", -200, "b", 1, "si_1")])
    assert (left.left, left.left_cents, left.is_unsettled) == (("ii_1", "ii_2"), 500, True)
    assert not left.settled().is_unsettled


def test_a_refused_operation_bears_the_invoice_that_is_not_paid() -> None:
    assert UNDER_WAY.refused(AT, RejectionCode.PAYMENT_DECLINED, "in_1").invoice_id == "in_1"
    assert UNDER_WAY.refused(AT, RejectionCode.PAYMENT_DECLINED).invoice_id is None
