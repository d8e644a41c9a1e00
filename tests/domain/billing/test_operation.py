"""An operation goes from under way to done or rejected."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, SeatType
from services.billing.domain.account import Account, Agency
from services.billing.domain.hint import under_way
from services.billing.domain.operation import Operation, OperationKind, OperationState
from services.billing.domain.plan_total import Tier
from services.billing.domain.snapshots import PendingProration, StripeItemSnapshot, StripeSubscriptionSnapshot

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


def test_a_done_operation_has_its_charge_and_invoice() -> None:
    done = UNDER_WAY.done(AT, 1599, "in_1")
    assert (done.state, done.charged, done.invoice_id, done.ended_at) == (OperationState.DONE, 1599, "in_1", AT)
    assert not done.is_under_way


def test_a_rejected_operation_has_its_code() -> None:
    rejected = UNDER_WAY.rejected(AT, RejectionCode.PAYMENT_DECLINED)
    assert (rejected.state, rejected.code, rejected.ended_at) == (
        OperationState.REJECTED,
        RejectionCode.PAYMENT_DECLINED,
        AT,
    )
    assert not rejected.is_under_way


def test_an_operation_stays_under_way_after_its_timeout_is_published() -> None:
    operation = UNDER_WAY.with_timeout_published()
    assert operation.timeout_published
    assert not operation.awaiting("in_1", None).timeout_published, "Stripe has answered: its next trouble is news"
    assert operation.is_under_way


def test_an_event_runs_the_operations_under_way() -> None:
    done = replace(UNDER_WAY, id=UUID("01990000-0000-7000-8000-000000000002"), state=OperationState.DONE)
    assert under_way([done, UNDER_WAY]) == (UNDER_WAY.id,)


def test_an_event_runs_nothing_when_all_operations_have_ended() -> None:
    assert under_way([UNDER_WAY.done(AT, 0, None)]) == ()


def test_an_agency_knows_its_operations_under_way_and_its_changed_rows() -> None:
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
    held = account.holding(Quantities(4, 0), snapshot).with_next_version()
    assert (held.purchased, held.cycle, held.total) == (Quantities(4, 0), BillingCycle.ANNUAL, 4000)
    assert (held.items, held.version) == ({SeatType.BASE: "si_1"}, 1)


def test_an_operation_keeps_the_ids_and_the_sum_of_its_pending_prorations() -> None:
    discounted = PendingProration("ii_1", 770, "a", 1, "si_1", discount=70)
    prorations = [discounted, PendingProration("ii_2", -200, "b", 1, "si_1")]
    operation = UNDER_WAY.with_pending(prorations)
    assert (operation.pending_proration_ids, operation.pending_cents) == (("ii_1", "ii_2"), 500)
    assert operation.is_unsettled
    assert not operation.settled().is_unsettled


def test_a_rejected_operation_has_the_invoice_that_is_not_paid() -> None:
    assert UNDER_WAY.rejected(AT, RejectionCode.PAYMENT_DECLINED, "in_1").invoice_id == "in_1"
    assert UNDER_WAY.rejected(AT, RejectionCode.PAYMENT_DECLINED).invoice_id is None
