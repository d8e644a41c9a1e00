"""A change is large above the agency's size, in seats or in dollars of today."""

import pytest

from services.gateway.domain.large_change import DEFAULT, Size, is_large, is_larger


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
