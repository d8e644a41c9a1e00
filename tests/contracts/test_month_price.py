"""What a seat costs a month."""

from contracts.month_price import month_price
from contracts.vocabulary import BillingCycle


def test_an_annual_plan_counts_a_twelfth_rounded_up() -> None:
    assert month_price(3_500, None, BillingCycle.MONTHLY) == 3_500
    assert month_price(37_801, None, BillingCycle.ANNUAL) == 3_151


def test_a_dearer_next_tier_counts_and_a_cheaper_one_does_not() -> None:
    assert month_price(3_500, 3_000, BillingCycle.MONTHLY) == 3_500
    assert month_price(3_500, 4_000, BillingCycle.MONTHLY) == 4_000
