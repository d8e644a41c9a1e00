"""Volume pricing: the whole quantity picks one unit price."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.plan_total import Tier, plan_total, unit_price

BASE = (Tier(1, Decimal(3100)), Tier(9, Decimal(2999)), Tier(None, Decimal(2799)))
VOICE = (Tier(2, Decimal(5999)), Tier(None, Decimal(5299)))


@pytest.mark.parametrize(
    ("quantity", "cents"),
    [(0, 3100), (1, 3100), (2, 2999), (9, 2999), (10, 2799), (100_000, 2799)],
)
def test_the_tier_that_holds_the_whole_quantity_sets_every_seats_price(quantity: int, cents: int) -> None:
    assert unit_price(BASE, quantity) == cents


def test_the_help_pages_example_costs_119_97_before_and_189_97_after() -> None:
    assert plan_total([(BASE, 2), (VOICE, 1)]) == 11997
    assert plan_total([(BASE, 1), (VOICE, 3)]) == 18997


def test_a_fraction_of_a_cent_is_rounded_once_per_seat_type_halves_up() -> None:
    half = (Tier(None, Decimal("0.5")),)
    assert plan_total([(half, 3), (half, 1)]) == 2 + 1


def test_a_quantity_beyond_every_tier_has_no_price() -> None:
    with pytest.raises(ValueError, match="no tier holds 3"):
        unit_price((Tier(2, Decimal(1)),), 3)


@given(quantity=st.integers(0, 2000))
def test_INVARIANT_no_seats_cost_nothing_and_whole_cents_are_never_rounded(quantity: int) -> None:  # noqa: N802
    """INVARIANT: with prices in whole cents the total is exactly the unit price times the seats."""
    assert plan_total([(BASE, quantity)]) == int(unit_price(BASE, quantity)) * quantity
