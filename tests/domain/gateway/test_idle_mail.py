"""The rule of the mail about idle seats: it is due as a month begins, in UTC."""

from datetime import UTC, datetime, timedelta, timezone

from services.gateway.domain.idle_mail import month_of


def test_a_month_begins_on_its_first_day_in_utc() -> None:
    assert month_of(datetime(2026, 3, 31, 23, 59, tzinfo=UTC)) == datetime(2026, 3, 1, tzinfo=UTC)
    ahead = timezone(timedelta(hours=2))
    assert month_of(datetime(2026, 4, 1, 1, 0, tzinfo=ahead)) == datetime(2026, 3, 1, tzinfo=UTC)
