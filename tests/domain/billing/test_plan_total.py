"""The price of a full cycle: by volume as we sell, or graduated where somebody has re-priced an item."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.plan_total import Package, Tier, cycle_amount, price_of_a_seat, unit_price

BASE = (Tier(1, Decimal(3100)), Tier(9, Decimal(2999)), Tier(None, Decimal(2799)))
VOICE = (Tier(2, Decimal(5999)), Tier(None, Decimal(5299)))


@pytest.mark.parametrize(
    ("quantity", "cents"),
    [(0, 3100), (1, 3100), (2, 2999), (9, 2999), (10, 2799), (100_000, 2799)],
)
def test_the_tier_that_holds_the_whole_quantity_sets_every_seats_price(quantity: int, cents: int) -> None:
    assert unit_price(BASE, quantity) == cents


def test_the_help_pages_example_costs_119_97_before_and_189_97_after() -> None:
    assert cycle_amount(BASE, 2) + cycle_amount(VOICE, 1) == 11997
    assert cycle_amount(BASE, 1) + cycle_amount(VOICE, 3) == 18997


def test_a_fraction_of_a_cent_is_rounded_once_per_seat_type_halves_up() -> None:
    half = (Tier(None, Decimal("0.5")),)
    assert [cycle_amount(half, 3), cycle_amount(half, 1)] == [2, 1]


def test_a_quantity_beyond_every_tier_costs_the_last_tiers_price() -> None:
    assert unit_price((Tier(1, Decimal(9)), Tier(2, Decimal(7))), 3) == 7


@pytest.mark.parametrize(("quantity", "cents"), [(0, 0), (1, 3100), (2, 3100 + 2999), (11, 3100 + 8 * 2999 + 2 * 2799)])
def test_of_a_graduated_price_each_seat_costs_the_price_of_its_own_tier(quantity: int, cents: int) -> None:
    assert cycle_amount(BASE, quantity, is_graduated=True) == cents


def test_a_tiers_flat_amount_is_charged_once_and_only_for_a_quantity() -> None:
    flat = (Tier(2, Decimal(100), Decimal(500)), Tier(None, Decimal(90), Decimal(700)))
    assert [cycle_amount(flat, quantity) for quantity in (0, 2, 3)] == [0, 700, 970]
    assert [cycle_amount(flat, quantity, is_graduated=True) for quantity in (0, 2, 3)] == [0, 700, 700 + 790]


@pytest.mark.parametrize(
    ("rounds_up", "cents"), [(True, [0, 700, 700, 1400, 1400, 2100]), (False, [0, 0, 700, 700, 1400, 1400])]
)
def test_a_package_that_is_not_full_is_paid_as_a_whole_or_not_at_all(rounds_up: bool, cents: list[int]) -> None:
    each = (Tier(None, Decimal(700)),)
    package = Package(2, rounds_up)
    assert [cycle_amount(each, quantity, package=package) for quantity in range(6)] == cents


def test_a_seat_costs_its_share_of_its_package() -> None:
    each = (Tier(None, Decimal(700)),)
    assert price_of_a_seat(each, Package(2)) == (Tier(None, Decimal(350)),)
    assert price_of_a_seat(each, None) == each


@given(quantity=st.integers(0, 2000))
def test_INVARIANT_no_seats_cost_nothing_and_whole_cents_are_never_rounded(quantity: int) -> None:  # noqa: N802
    """INVARIANT: with prices in whole cents the total is exactly the unit price times the seats."""
    assert cycle_amount(BASE, quantity) == int(unit_price(BASE, quantity)) * quantity
