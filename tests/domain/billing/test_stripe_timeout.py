"""The admins are notified when Stripe has not completed an operation for ten minutes."""

from datetime import UTC, datetime, timedelta

from services.billing.domain.stripe_timeout import is_due_to_notify, is_given_up

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_short_timeout_is_not_due_to_notify() -> None:
    assert not is_due_to_notify(BEGAN, BEGAN + timedelta(minutes=9, seconds=59))


def test_a_timeout_of_ten_minutes_is_due_to_notify() -> None:
    assert is_due_to_notify(BEGAN, BEGAN + timedelta(minutes=10))


def test_nobody_waits_longer_than_24_hours() -> None:
    assert not is_given_up(BEGAN, BEGAN + timedelta(hours=23, minutes=59, seconds=59))
    assert is_given_up(BEGAN, BEGAN + timedelta(hours=24))
