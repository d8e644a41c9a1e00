"""A change is large above the agency's size, in seats or in dollars of today."""

import pytest

from services.gateway.domain.large_change import (
    DEFAULT,
    LARGEST_AMOUNT,
    Size,
    default_size,
    is_large,
    is_larger,
    most_amount,
)


@pytest.mark.parametrize(
    ("added", "due_now", "large"),
    [(0, 0, False), (10, 50_000, False), (11, 0, True), (0, 50_001, True), (11, 50_001, True)],
)
def test_more_than_ten_seats_or_five_hundred_dollars_is_large_by_default(added: int, due_now: int, large: bool) -> None:
    assert is_large(added=added, due_now=due_now, size=DEFAULT) is large


def test_an_agency_whose_size_is_nothing_calls_every_change_large_that_costs_something() -> None:
    assert is_large(added=1, due_now=0, size=Size(0, 0))
    assert is_large(added=0, due_now=1, size=Size(0, 0))
    assert not is_large(added=0, due_now=0, size=Size(0, 0))


def test_a_size_is_larger_when_either_figure_is() -> None:
    assert is_larger(Size(11, 0), DEFAULT)
    assert is_larger(Size(0, 50_001), DEFAULT)
    assert not is_larger(DEFAULT, DEFAULT)
    assert not is_larger(Size(0, 0), DEFAULT)


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("usd", 50_000), ("eur", 50_000), ("jpy", 50_000), ("krw", 500_000), ("kwd", 250_000), ("huf", 25_000_000)],
)
def test_the_size_is_about_as_much_in_each_currency_in_its_smallest_unit(currency: str, amount: int) -> None:
    """$500, ¥50,000, ₩500,000, 250.000 dinars and 250,000.00 forints."""
    assert default_size(currency) == Size(10, amount)
    assert most_amount(currency) == 100 * amount
    assert most_amount(currency) <= LARGEST_AMOUNT
