"""How long a browser that has signed in is known."""

from datetime import UTC, datetime, timedelta

from services.gateway.domain.known_browser import known_until

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_browser_that_signs_in_is_known_for_180_days() -> None:
    assert known_until(NOW) == NOW + timedelta(days=180)
