from datetime import UTC, datetime, timedelta

from services.notifier.domain.undelivered_mail import deserves_a_mail

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_the_first_failure_is_mailed_and_the_next_after_an_hour() -> None:
    assert deserves_a_mail(None, NOW)
    assert not deserves_a_mail(NOW - timedelta(minutes=59, seconds=59), NOW)
    assert deserves_a_mail(NOW - timedelta(hours=1), NOW)
