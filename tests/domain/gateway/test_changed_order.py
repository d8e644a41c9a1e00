"""How many rows of a list on an open page a new order would change."""

import pytest

from services.gateway.domain.changed_order import changes


@pytest.mark.parametrize(
    ("shown", "now", "count"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "xabc", 1),
        ("abc", "cab", 1),
        ("abc", "ac", 1),
        ("abc", "cba", 2),
        ("abc", "xab", 1),  # c slid to the next page
        ("abc", "xyc", 2),
        ("abcd", "", 4),
    ],
)
def test_rows_that_are_new_moved_or_gone_are_counted_once(shown: str, now: str, count: int) -> None:
    assert changes(shown, now) == count


def test_a_row_that_falls_between_two_others_moves_alone() -> None:
    assert changes("abcdef", "acebf") == 2, "d is gone to the next page or further, b has moved"
