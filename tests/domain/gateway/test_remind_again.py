"""The rule of reminders: once in seven days."""

from datetime import timedelta

from services.gateway.domain.remind_again import may_be_reminded
from tests.support.clock import START


def test_somebody_who_was_never_reminded_may_be() -> None:
    assert may_be_reminded(None, START)


def test_nobody_is_reminded_twice_in_seven_days() -> None:
    assert not may_be_reminded(START, START + timedelta(days=7) - timedelta(seconds=1))
    assert may_be_reminded(START, START + timedelta(days=7))
