"""A subscription is the same as we know it, has other quantities, or has ended; and the change was somebody's."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.vocabulary import BillingCycle, ChangedBy, FrozenReason, Quantities, RejectionCode, SeatType
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.snapshots import StripeCustomerSnapshot, StripeItemSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.subscription_changes import Changed, Ended, Same, subscription_changes

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPERATION = UUID("01990000-0000-7000-8000-000000000001")
KNOWN = Quantities(2, 1)
NOTED = Operation(OPERATION, UUID(int=1), OperationKind.SET_QUANTITIES, Quantities(1, 1), KNOWN, AT)


def snapshot(
    base: int = 2, voice: int = 1, *, status: str = "active", operation: UUID | None = OPERATION
) -> StripeSubscriptionSnapshot:
    items = {SeatType.BASE: StripeItemSnapshot("si_1", base, ()), SeatType.VOICE: StripeItemSnapshot("si_2", voice, ())}
    noted = str(operation) if operation is not None else None
    return StripeSubscriptionSnapshot(
        "sub_1", status, BillingCycle.MONTHLY, items, noted, None, StripeCustomerSnapshot("cus_1")
    )


def test_the_same_quantities_are_the_same() -> None:
    assert subscription_changes(KNOWN, None, snapshot(), NOTED.done(AT, 0, None)) == Same()


def test_other_quantities_than_our_last_operations_are_the_dashboards() -> None:
    changed = Changed(KNOWN, Quantities(5, 1), ChangedBy.DASHBOARD)
    assert subscription_changes(KNOWN, None, snapshot(5), NOTED.done(AT, 0, None)) == changed


def test_a_change_without_an_operation_is_the_dashboards() -> None:
    changed = Changed(KNOWN, Quantities(5, 1), ChangedBy.DASHBOARD)
    assert subscription_changes(KNOWN, None, snapshot(5, operation=None), None) == changed


def test_a_change_of_an_unknown_operation_is_ours() -> None:
    assert subscription_changes(KNOWN, None, snapshot(3), None) == Changed(KNOWN, Quantities(3, 1), ChangedBy.OURS)


def test_a_change_of_an_operation_recorded_as_rejected_is_ours() -> None:
    rejected = replace(NOTED, after=Quantities(3, 1)).rejected(AT, RejectionCode.INTERNAL_ERROR)
    assert subscription_changes(KNOWN, None, snapshot(3), rejected) == Changed(KNOWN, Quantities(3, 1), ChangedBy.OURS)


def test_another_change_after_a_rejected_operation_is_the_dashboards() -> None:
    rejected = replace(NOTED, after=Quantities(3, 1)).rejected(AT, RejectionCode.INTERNAL_ERROR)
    assert subscription_changes(KNOWN, None, snapshot(4), rejected) == Changed(
        KNOWN, Quantities(4, 1), ChangedBy.DASHBOARD
    )


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_a_subscription_that_is_over_has_ended(status: str) -> None:
    ended = Ended(FrozenReason.SUBSCRIPTION_CANCELED, ChangedBy.DASHBOARD)
    assert subscription_changes(KNOWN, None, snapshot(status=status), None) == ended


def test_a_deleted_customer_ends_the_subscription() -> None:
    deleted = replace(snapshot(status="canceled"), customer=StripeCustomerSnapshot("cus_1", is_deleted=True))
    ended = Ended(FrozenReason.CUSTOMER_DELETED, ChangedBy.DASHBOARD)
    assert subscription_changes(KNOWN, None, deleted, None) == ended


@pytest.mark.parametrize("reason", ["payment_failed", "payment_disputed"])
def test_an_end_for_missing_payment_is_stripes(reason: str) -> None:
    over = replace(snapshot(status="canceled"), end_reason=reason)
    ended = Ended(FrozenReason.SUBSCRIPTION_CANCELED, ChangedBy.STRIPE)
    assert subscription_changes(KNOWN, None, over, None) == ended


def test_a_known_end_is_the_same() -> None:
    assert subscription_changes(KNOWN, FrozenReason.CUSTOMER_DELETED, snapshot(status="canceled"), None) == Same()


@pytest.mark.parametrize("known", [KNOWN, Quantities(5, 1)])
def test_after_an_end_another_subscription_gives_all_its_seats(known: Quantities) -> None:
    again = Changed(Quantities(), KNOWN, ChangedBy.DASHBOARD)
    assert subscription_changes(known, FrozenReason.SUBSCRIPTION_CANCELED, snapshot(operation=None), None) == again


def test_seats_after_an_end_are_ours_only_if_their_operation_is_unknown_or_rejected() -> None:
    ended = FrozenReason.SUBSCRIPTION_CANCELED
    back = Changed(Quantities(), KNOWN, ChangedBy.DASHBOARD)
    assert subscription_changes(KNOWN, ended, snapshot(), NOTED.done(AT, 0, None)) == back
    assert subscription_changes(KNOWN, ended, snapshot(), None) == replace(back, whose=ChangedBy.OURS)


PRICES = {SeatType.BASE: "", SeatType.VOICE: ""}


def test_another_price_of_an_item_is_a_change_of_the_dashboards() -> None:
    moved = {**PRICES, SeatType.BASE: "price_negotiated"}
    done = NOTED.done(AT, 0, None)
    assert subscription_changes(KNOWN, None, snapshot(), done, PRICES) == Same()
    assert subscription_changes(KNOWN, None, snapshot(), done, moved) == Changed(
        KNOWN, KNOWN, ChangedBy.DASHBOARD, repriced=True
    )
    assert subscription_changes(KNOWN, None, snapshot(5), done, moved) == Changed(
        KNOWN, Quantities(5, 1), ChangedBy.DASHBOARD, repriced=True
    )


def test_a_seat_type_whose_item_was_removed_has_no_other_price() -> None:
    left = snapshot()
    left = replace(left, items={SeatType.BASE: left.items[SeatType.BASE]})
    assert subscription_changes(KNOWN, None, left, None, PRICES) == Changed(KNOWN, Quantities(2, 0), ChangedBy.OURS)
