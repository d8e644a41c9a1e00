"""The rule of a seat's use: it counts once a day, and never in the future."""

from datetime import timedelta

from services.gateway.domain.new_use import new_use
from tests.support.clock import START

DAY = timedelta(days=1)


def test_the_first_use_counts() -> None:
    assert new_use(None, START, START) == START


def test_a_use_within_a_day_of_the_last_one_changes_nothing() -> None:
    assert new_use(START, START + DAY - timedelta(seconds=1), START + 2 * DAY) is None


def test_a_use_a_day_later_counts() -> None:
    assert new_use(START, START + DAY, START + 2 * DAY) == START + DAY


def test_an_older_use_changes_nothing() -> None:
    assert new_use(START, START - 40 * DAY, START) is None


def test_a_use_of_the_future_is_now() -> None:
    assert new_use(START - 3 * DAY, START + 90 * DAY, START) == START
    assert new_use(START, START + 90 * DAY, START) is None
