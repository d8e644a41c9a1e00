"""A change is sent only if the subscription still is what the command started from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.plan_total import Tier
from services.billing.domain.quote import Terms
from services.billing.domain.quote_basis import QuoteBasis, quote_basis_of
from services.billing.domain.snapshots import (
    OtherItem,
    PendingProration,
    StripeItemSnapshot,
    StripeSubscriptionSnapshot,
)
from services.billing.domain.stale_check import (
    Applied,
    BeingPaid,
    OnAccount,
    Paused,
    Renewal,
    Scheduled,
    Send,
    Stale,
    Unpaid,
    Unusable,
    stale_check,
)

OPERATION = UUID("01990000-0000-7000-8000-000000000001")
OTHER = "01990000-0000-7000-8000-000000000002"
BEFORE = Quantities(2, 1)
WAITS = PendingProration("ii_1", 300, "Remaining time", 1, "si_base")
TIERS = (Tier(None, Decimal(1000)),)


def snapshot(
    quantities: Quantities = BEFORE, *, operation: str | None = OTHER, status: str = "active"
) -> StripeSubscriptionSnapshot:
    items = {seat_type: StripeItemSnapshot(f"si_{seat_type}", count, TIERS) for seat_type, count in quantities}
    return StripeSubscriptionSnapshot("sub_1", status, BillingCycle.MONTHLY, items, operation, None)


def test_an_unchanged_subscription_is_sent_the_update() -> None:
    assert stale_check(OPERATION, BEFORE, snapshot()) == Send()


def test_a_subscription_that_no_operation_ever_changed_is_sent_the_update() -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(operation=None)) == Send()


def test_a_quantity_changed_by_others_is_stale_with_the_actual_one() -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(Quantities(5, 1))) == Stale(Quantities(5, 1))


def test_another_operations_change_to_the_same_quantities_is_stale() -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(Quantities(3, 1), operation=OTHER)) == Stale(Quantities(3, 1))


@pytest.mark.parametrize("quantities", [Quantities(3, 1), BEFORE])
def test_our_own_change_is_never_stale_whatever_happened_since(quantities: Quantities) -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(quantities, operation=str(OPERATION))) == Applied()


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_an_ended_subscription_is_sent_nothing(status: str) -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(status=status)) == Unusable(BEFORE)


def test_a_paused_subscription_is_sent_nothing_because_it_is_paused_or_because_it_owes() -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(status="paused")) == Paused(BEFORE)
    assert stale_check(OPERATION, BEFORE, snapshot(status="paused"), owes=True) == Unpaid(BEFORE)


@pytest.mark.parametrize("status", ["unpaid", "incomplete"])
def test_a_subscription_that_stripe_does_not_charge_is_sent_nothing(status: str) -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(status=status)) == Unpaid(BEFORE)


def test_a_subscription_that_owes_is_sent_nothing_whatever_its_status() -> None:
    # Until now a past-due subscription was sent the update, and the reduction of an unpaid year was credited.
    assert stale_check(OPERATION, BEFORE, snapshot(status="past_due")) == Unpaid(BEFORE)
    assert stale_check(OPERATION, BEFORE, snapshot(), owes=True) == Unpaid(BEFORE)
    assert stale_check(OPERATION, BEFORE, snapshot(operation=str(OPERATION)), owes=True) == Applied()


def test_our_own_change_is_ours_even_if_stripe_charges_nothing_since() -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(operation=str(OPERATION), status="unpaid")) == Applied()


def test_a_subscription_that_lost_an_item_is_changed_like_any_other() -> None:
    items = {SeatType.BASE: StripeItemSnapshot("si_1", 2, TIERS)}
    lost = StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.MONTHLY, items, None, None)
    assert stale_check(OPERATION, BEFORE, lost) == Stale(Quantities(2, 0))
    assert stale_check(OPERATION, Quantities(2, 0), lost) == Send()


def at_the_price_of(basis: QuoteBasis) -> Terms:
    monthly = BillingCycle.MONTHLY
    return Terms(Quantities(3, 1), monthly, monthly, 0, 0, 0, basis, proration_date=None)


def test_the_state_that_a_quote_is_for_is_sent_the_update() -> None:
    terms = at_the_price_of(quote_basis_of(snapshot(), (WAITS,)))
    assert stale_check(OPERATION, BEFORE, snapshot(), (WAITS,), terms) == Send()


def test_a_quote_is_stale_when_any_part_of_its_state_has_changed() -> None:
    terms = at_the_price_of(quote_basis_of(snapshot(), ()))
    assert stale_check(OPERATION, BEFORE, snapshot(), (WAITS,), terms) == Stale(BEFORE)


def test_our_own_change_at_a_quotes_price_is_never_stale() -> None:
    terms = at_the_price_of(quote_basis_of(snapshot(), ()))
    changed = snapshot(Quantities(3, 1), operation=str(OPERATION))
    assert stale_check(OPERATION, BEFORE, changed, (WAITS,), terms) == Applied()


def test_a_snapshots_total_is_for_the_given_quantities() -> None:
    assert snapshot().total_for(Quantities(3, 4)) == 7000


def test_while_a_schedule_manages_the_subscription_nothing_is_sent() -> None:
    scheduled = replace(snapshot(), is_scheduled=True)
    assert stale_check(OPERATION, BEFORE, scheduled) == Scheduled(BEFORE)
    assert stale_check(OPERATION, Quantities(9, 9), scheduled) == Stale(BEFORE)


def test_auto_add_is_sent_nothing_on_account_and_an_admins_change_is_sent() -> None:
    on_account = replace(snapshot(), is_on_account=True)
    assert stale_check(OPERATION, BEFORE, on_account) == OnAccount(BEFORE)
    terms = at_the_price_of(quote_basis_of(on_account, ()))
    assert stale_check(OPERATION, BEFORE, on_account, (), terms) == Send()


def test_a_quote_is_stale_when_an_item_of_another_product_was_added_or_no_card_is_charged_any_more() -> None:
    terms = at_the_price_of(quote_basis_of(snapshot(), ()))
    for changed in (
        replace(snapshot(), others=(OtherItem("si_9", "EHR integration", 1, 5000, "usd", "month"),)),
        replace(snapshot(), is_on_account=True),
    ):
        assert stale_check(OPERATION, BEFORE, changed, (), terms) == Stale(BEFORE)


def test_nothing_that_credits_its_time_is_sent_while_the_bank_is_paying_an_invoice() -> None:
    assert stale_check(OPERATION, BEFORE, snapshot(), credits_unpaid=True) == BeingPaid(BEFORE)
    assert stale_check(OPERATION, BEFORE, snapshot(operation=str(OPERATION)), credits_unpaid=True) == Applied()
    assert stale_check(OPERATION, BEFORE, snapshot(), owes=True, credits_unpaid=True) == Unpaid(BEFORE)


RENEWAL = datetime(2026, 12, 1, 8, tzinfo=UTC)
EARLIER = RENEWAL - timedelta(hours=1)


def renewing(at: datetime) -> StripeSubscriptionSnapshot:
    held = snapshot()
    items = {kind: replace(item, period_end=int(at.timestamp())) for kind, item in held.items.items()}
    return replace(held, items=items)


def test_a_reduction_for_the_renewal_is_sent_before_it_also_where_nothing_is_charged() -> None:
    for held in (renewing(RENEWAL), replace(renewing(RENEWAL), is_on_account=True)):
        assert stale_check(OPERATION, BEFORE, held, renewal=Renewal(RENEWAL, EARLIER)) == Send()


@pytest.mark.parametrize(
    ("renews_at", "now"),
    [(RENEWAL + timedelta(days=30), RENEWAL - timedelta(minutes=5)), (RENEWAL, RENEWAL - timedelta(seconds=30))],
)
def test_a_reduction_for_a_renewal_that_has_come_or_moved_is_not_sent(renews_at: datetime, now: datetime) -> None:
    assert stale_check(OPERATION, BEFORE, renewing(renews_at), renewal=Renewal(RENEWAL, now)) == Stale(BEFORE)


def test_a_reduction_that_was_made_in_time_is_recognized_after_the_renewal() -> None:
    made = replace(renewing(RENEWAL + timedelta(days=30)), operation=str(OPERATION))
    assert stale_check(OPERATION, BEFORE, made, renewal=Renewal(RENEWAL, RENEWAL)) == Applied()


def test_a_subscription_without_our_items_has_no_renewal() -> None:
    empty = replace(snapshot(), items={})
    assert stale_check(OPERATION, Quantities(), empty, renewal=Renewal(RENEWAL, EARLIER)) == Stale(Quantities())
