"""An opening that Stripe does not complete within 24 hours is given up, an hour after the last try to create."""

from datetime import UTC, datetime, timedelta

from services.billing.domain.attempt_key import is_forgotten
from services.billing.domain.opening_ends import is_given_up

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_an_opening_of_almost_24_hours_still_waits_for_stripe() -> None:
    assert not is_given_up(BEGAN, BEGAN + timedelta(hours=23, minutes=59, seconds=59))


def test_an_opening_of_24_hours_is_given_up() -> None:
    assert is_given_up(BEGAN, BEGAN + timedelta(hours=24))


def test_nothing_is_created_in_the_last_hour_before_an_opening_is_given_up() -> None:
    last_hour = BEGAN + timedelta(hours=23)
    assert is_forgotten(BEGAN, last_hour)
    assert not is_given_up(BEGAN, last_hour)
