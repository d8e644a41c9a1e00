from datetime import UTC, datetime, timedelta

import pytest

from services.notifier.domain.code_mail import NotMailed, minutes_left, reason_not_to_mail

UNTIL = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


def before(seconds: float) -> datetime:
    return UNTIL - timedelta(seconds=seconds)


def test_a_valid_code_is_mailed() -> None:
    assert reason_not_to_mail(UNTIL, before(0.001), unknown=False) is None


def test_an_expired_code_is_not_mailed() -> None:
    assert reason_not_to_mail(UNTIL, UNTIL, unknown=False) is NotMailed.EXPIRED


def test_a_code_with_an_unknown_outcome_is_not_mailed_again() -> None:
    assert reason_not_to_mail(UNTIL, before(60), unknown=True) is NotMailed.MAY_BE_THERE


@pytest.mark.parametrize(("seconds", "minutes"), [(600, 10), (598, 10), (540, 9), (20, 1), (0, 1)])
def test_the_minutes_left_are_rounded_to_the_nearest_and_at_least_one(seconds: float, minutes: int) -> None:
    assert minutes_left(UNTIL, before(seconds)) == minutes
