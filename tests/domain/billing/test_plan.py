"""An agency's plan as Stripe has it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.payment_state import payment_state
from services.billing.domain.plan import Priced, has_one_period, plan_of
from services.billing.domain.plan_total import RecurringTotals, Tier
from services.billing.domain.price_tier import PriceTier
from services.billing.domain.snapshots import (
    OtherItem,
    StripeCustomerSnapshot,
    StripeItemSnapshot,
    StripeSubscriptionSnapshot,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RENEWS = NOW + timedelta(days=30)
BASE = (Tier(1, Decimal(3100)), Tier(None, Decimal(2999)))
VOICE = (Tier(2, Decimal(5999)), Tier(None, Decimal(5299)))


def item(quantity: int, tiers: tuple[Tier, ...]) -> StripeItemSnapshot:
    return StripeItemSnapshot("si", quantity, tiers, "price", int(NOW.timestamp()), int(RENEWS.timestamp()))


SEEN = StripeSubscriptionSnapshot(
    "sub_1",
    "active",
    BillingCycle.MONTHLY,
    {SeatType.VOICE: item(3, VOICE), SeatType.BASE: item(1, BASE)},
    None,
    None,
    StripeCustomerSnapshot("cus_1", -1234, "pm_1"),
)


def test_the_plan_has_the_total_of_a_cycle_and_the_volume_discount() -> None:
    plan = plan_of(SEEN, [int(NOW.timestamp()) - 3600], NOW, owes=False)
    assert (plan.total, plan.discount, plan.balance) == (18997, 3 * 700, 1234)
    assert plan.prices == (
        Priced(SeatType.BASE, 1, PriceTier(3100, 3100, 2, 2999)),
        Priced(SeatType.VOICE, 3, PriceTier(5299, 5999)),
    )
    assert (plan.renews_at, plan.invoices_today) == (RENEWS, 1)
    assert plan.invoices_renew_at == NOW + timedelta(hours=23)


def test_the_discount_of_a_year_includes_the_annual_one() -> None:
    year = (Tier(1, Decimal(33480)), Tier(None, Decimal(32389)))
    annual = replace(SEEN, cycle=BillingCycle.ANNUAL, items={SeatType.BASE: item(2, year)})
    assert plan_of(annual, [], NOW, owes=False).discount == 2 * (12 * 3100 - 32389)


def test_items_that_are_not_seats_are_part_of_the_total_but_neither_seats_nor_discount() -> None:
    integration = OtherItem("si_9", "EHR integration", 2, 5000, "usd", "month")
    plan = plan_of(replace(SEEN, others=(integration,)), [], NOW, owes=False)
    assert (plan.total, plan.other_total, plan.discount) == (18997 + 5000, 5000, 3 * 700)
    assert (plan.others, plan.in_total) == ((integration,), ("si_9",))
    assert [price.quantity for price in plan.prices] == [1, 3]


@pytest.mark.parametrize(
    "apart",
    [{"interval": "year"}, {"interval_count": 3}, {"currency": "eur"}, {"amount": None, "quantity": None}],
    ids=str,
)
def test_an_item_with_another_interval_or_currency_or_billed_by_use_is_named_but_adds_nothing(
    apart: dict[str, Any],
) -> None:
    item = replace(OtherItem("si_9", "EHR integration", 2, 5000, "usd", "month"), **apart)
    plan = plan_of(replace(SEEN, others=(item,)), [], NOW, owes=False)
    assert (plan.total, plan.other_total, plan.others) == (18997, 0, (item,))


def test_an_annual_plans_total_includes_the_items_that_are_billed_by_the_year() -> None:
    year = (Tier(1, Decimal(33480)), Tier(None, Decimal(32389)))
    integration = OtherItem("si_9", "EHR integration", 1, 60000, "usd", "year")
    annual = replace(
        SEEN, cycle=BillingCycle.ANNUAL, items={SeatType.BASE: item(2, year)}, others=(integration,), currency="usd"
    )
    assert plan_of(annual, [], NOW, owes=False).total == 2 * 32389 + 60000


@pytest.mark.parametrize(
    ("status", "owes", "state"),
    [
        ("active", False, PaymentState.OK),
        ("trialing", False, PaymentState.OK),
        ("active", True, PaymentState.PAST_DUE),
        ("past_due", True, PaymentState.PAST_DUE),
        ("past_due", False, PaymentState.PAST_DUE),
        ("incomplete", False, PaymentState.PAST_DUE),
        ("unpaid", True, PaymentState.UNPAID),
        ("canceled", True, PaymentState.CANCELED),
        ("incomplete_expired", False, PaymentState.CANCELED),
    ],
)
def test_the_payment_state_follows_the_status_and_failed_invoices(
    status: str, state: PaymentState, *, owes: bool
) -> None:
    assert payment_state(status, owes=owes) is state


def test_both_items_are_paid_for_one_period() -> None:
    assert has_one_period(SEEN)
    moved = replace(SEEN.items[SeatType.BASE], period_end=SEEN.items[SeatType.BASE].period_end + 1)
    assert not has_one_period(replace(SEEN, items={**SEEN.items, SeatType.BASE: moved}))


@pytest.mark.parametrize("cycle", BillingCycle)
@pytest.mark.parametrize(("status", "owes"), [("active", False), ("active", True), ("past_due", False)])
def test_the_plan_has_the_subscriptions_cycle_and_payment_state(
    cycle: BillingCycle, status: str, *, owes: bool
) -> None:
    plan = plan_of(replace(SEEN, cycle=cycle, status=status), [], NOW, owes=owes)
    assert (plan.cycle, plan.payment_state) == (cycle, payment_state(status, owes=owes))
    assert (plan.payment_state is PaymentState.OK) is (status == "active" and not owes)


def test_with_discounts_or_taxes_the_total_is_stripes_and_the_volume_discount_is_as_before() -> None:
    adjusted = replace(SEEN, terms=("discount:di_1", "tax:txr_1"), recurring=RecurringTotals(20_000, 1900, 2903))
    assert adjusted.is_adjusted
    assert not replace(SEEN, terms=("collection:charge_automatically",)).is_adjusted
    plan = plan_of(adjusted, [], NOW, owes=False)
    assert (plan.total, plan.coupons, plan.tax, plan.discount) == (20_000, 1900, 2903, 3 * 700)
    assert (plan_of(SEEN, [], NOW, owes=False).coupons, plan_of(SEEN, [], NOW, owes=False).tax) == (0, 0)


def test_of_other_quantities_stripes_total_is_not_known() -> None:
    adjusted = replace(SEEN, recurring=RecurringTotals(20_000))
    assert adjusted.total_for(adjusted.quantities) == 20_000
    assert adjusted.total_for(Quantities(1, 0)) == 3100


def test_the_scheduled_end_and_a_negotiated_price_are_part_of_the_plan() -> None:
    ends = replace(SEEN, ends_at=int(RENEWS.timestamp()))
    assert plan_of(ends, [], NOW, owes=False).ends_at == RENEWS
    assert plan_of(SEEN, [], NOW, owes=False).negotiated
    sold = {kind: replace(held, lookup_key="headcount") for kind, held in SEEN.items.items()}
    assert not plan_of(replace(SEEN, items=sold), [], NOW, owes=False).negotiated
