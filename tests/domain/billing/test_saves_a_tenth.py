"""A page says that each seat costs 10% less only where the prices of both cycles say so."""

from decimal import Decimal

from services.billing.domain.plan_total import Tier
from services.billing.domain.saves_a_tenth import saves_a_tenth

Tiers = tuple[Tier, ...]


def tiers(*cents: str) -> Tiers:
    return tuple(Tier(None if place else 1, Decimal(unit)) for place, unit in enumerate(cents))


def test_a_year_of_ten_percent_less_rounded_down_saves_a_tenth() -> None:
    assert saves_a_tenth([(tiers("3100", "2999"), tiers("33480", "32389"), 2)])


def test_another_price_for_a_year_does_not() -> None:
    assert not saves_a_tenth([(tiers("3100"), tiers("37200"), 1)])
    assert not saves_a_tenth([(tiers("3100"), tiers("33480"), 1), (tiers("5999"), tiers("71988"), 1)])


def test_a_seat_type_without_seats_does_not_count() -> None:
    assert saves_a_tenth([(tiers("3100"), tiers("33480"), 1), (tiers("5999"), tiers("71988"), 0)])
    assert not saves_a_tenth([(tiers("3100"), tiers("33480"), 0)])
