"""The admins are told when Stripe has been silent for ten minutes."""

from datetime import UTC, datetime, timedelta

from services.billing.domain.silence import is_to_be_told

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_short_silence_is_nobodys_worry() -> None:
    assert not is_to_be_told(BEGAN, BEGAN + timedelta(minutes=9, seconds=59))


def test_a_silence_of_ten_minutes_is_told() -> None:
    assert is_to_be_told(BEGAN, BEGAN + timedelta(minutes=10))
