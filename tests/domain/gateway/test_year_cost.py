"""The year's cost at the present pace, and the volume price that is near."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.gateway.domain.near_tier import NearTier, near_tier
from services.gateway.domain.volume_price import VolumePrice
from services.gateway.domain.year_cost import YearCost, year_cost
from services.gateway.texts import outlook as texts

VOICE, BASE = SeatType.VOICE, SeatType.BASE
PRICE = VolumePrice(VOICE, quantity=8, unit_amount=4_000, next_from=10, next_unit_amount=3_600)
STANDING = {VOICE: Fraction(0), BASE: Fraction(0)}
SEATS = (Quantities(2, 8), Quantities(2, 8))


def cost(cycle: BillingCycle = BillingCycle.MONTHLY, voice: Fraction = Fraction(0)) -> YearCost:
    return year_cost(32_000, cycle, {VOICE: PRICE}, SEATS, {**STANDING, VOICE: voice})


def test_with_the_seats_as_they_are_a_year_costs_twelve_months_or_one_annual_cycle() -> None:
    assert cost() == YearCost(384_000, 384_000)
    assert cost(BillingCycle.ANNUAL) == YearCost(32_000, 32_000)


def test_a_shrinking_agency_goes_on_paying_for_its_seats() -> None:
    assert cost(voice=Fraction(-1)) == YearCost(384_000, 384_000)


def test_at_this_pace_each_month_pays_for_those_who_are_active_by_then_at_the_price_of_their_number() -> None:
    """3 more each 13 weeks: 9, 10 and 11 seats after one, two and three months, and so on up to 20."""
    seats = range(9, 21)
    more = sum(count * (3_600 if count >= 10 else 4_000) - 8 * 4_000 for count in seats)
    assert cost(voice=Fraction(12, 52)) == YearCost(384_000, 384_000 + more)
    annual = cost(BillingCycle.ANNUAL, voice=Fraction(12, 52))
    assert annual == YearCost(32_000, 32_000 + round(Fraction(more, 12)))


def test_free_seats_are_taken_before_any_is_paid_for() -> None:
    roomy = (Quantities(2, 30), Quantities(2, 8))
    assert (
        year_cost(1_000, BillingCycle.MONTHLY, {VOICE: PRICE}, roomy, {VOICE: Fraction(12, 52)}).at_this_pace == 12_000
    )


def test_without_a_next_price_the_present_one_stays() -> None:
    flat = replace(PRICE, next_from=None, next_unit_amount=None)
    grown = year_cost(32_000, BillingCycle.MONTHLY, {VOICE: flat}, SEATS, {VOICE: Fraction(12, 52)})
    assert grown.at_this_pace == 384_000 + sum(range(1, 13)) * 4_000


def test_a_near_volume_price_says_how_many_more_seats_and_what_they_save() -> None:
    near = near_tier(PRICE)
    assert near == NearTier(VOICE, more=2, seats=10, unit_before=4_000, unit_amount=3_600, saves=4_000)
    assert texts.tier(near, BillingCycle.MONTHLY, "usd") == (
        "With 2 more Voice seats, each costs $36.00 instead of $40.00, which saves $40.00/mo on 10 seats."
    )


@pytest.mark.parametrize(
    "other",
    [{"next_from": None}, {"next_unit_amount": None}, {"next_from": 8}, {"next_from": 14}, {"next_unit_amount": 4_000}],
)
def test_a_price_that_is_not_near_or_saves_nothing_is_not_named(other: dict[str, Any]) -> None:
    assert near_tier(replace(PRICE, **other)) is None


def test_the_year_is_said_once_where_the_pace_changes_nothing() -> None:
    assert texts.year(YearCost(384_000, 384_000), "usd") == (
        "$3,840.00 in the next 12 months with the seats as they are, and at this pace too."
    )
    assert texts.year(YearCost(384_000, 500_000), "usd") == (
        "$3,840.00 in the next 12 months with the seats as they are, about $5,000.00 at this pace."
    )
