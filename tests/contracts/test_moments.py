"""Days and times for people."""

from datetime import UTC, datetime, timedelta, timezone

from contracts import moments

AT = datetime(2026, 3, 4, 1, 5, 9, tzinfo=timezone(timedelta(hours=2)))
"""Still 3 March in UTC."""


def test_each_form_is_in_utc_and_says_so() -> None:
    assert moments.day(AT) == "3 March 2026"
    assert moments.day_of_year(AT) == "3 March"
    assert moments.time(AT) == "23:05 UTC"
    assert moments.time_and_day(AT) == "23:05 UTC on 3 March"
    assert moments.exact(AT) == "3 March 2026, 23:05 UTC"
    assert moments.short_day(AT.astimezone(UTC).date()) == "3 Mar 2026"
    assert moments.short(AT) == "3 Mar 2026, 23:05 UTC"
    assert moments.machine(AT) == "2026-03-03T23:05:09Z"
