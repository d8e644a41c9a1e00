"""A key ends after 90 days, or at the time that was requested, within a year."""

from datetime import datetime, timedelta

import pytest

from services.gateway.domain.key_expiry import LIFE, LONGEST_LIFE, ends_soon, expiry_of, has_ended
from tests.support.clock import START

SECOND = timedelta(seconds=1)


def test_a_key_lives_ninety_days_unless_another_time_is_requested() -> None:
    assert expiry_of(None, START) == START + timedelta(days=90)
    assert expiry_of(START + SECOND, START) == START + SECOND
    assert expiry_of(START + timedelta(days=365), START) == START + timedelta(days=365)


@pytest.mark.parametrize("requested", [START - SECOND, START, START + LONGEST_LIFE + SECOND])
def test_a_key_ends_neither_in_the_past_nor_after_a_year(requested: datetime) -> None:
    assert expiry_of(requested, START) is None


def test_a_key_has_ended_from_its_last_moment_on() -> None:
    assert not has_ended(START, START - SECOND)
    assert has_ended(START, START)


def test_a_key_ends_soon_in_its_last_two_weeks() -> None:
    assert not ends_soon(START + LIFE, START)
    assert not ends_soon(START, START - timedelta(days=14) - SECOND)
    assert ends_soon(START, START - timedelta(days=14))
