"""At most 20 invoices in 24 hours and 10 in a minute; five of the twenty are kept for admins."""

from datetime import UTC, datetime, timedelta

from services.billing.domain.invoice_budget import (
    Budget,
    admin_may_invoice_at,
    auto_add_may_invoice_at,
    budget,
    is_worth_a_look,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


def made(*ago: timedelta) -> list[int]:
    """Invoices made so long ago."""
    return [int((NOW - one).timestamp()) for one in ago]


def hours(*ago: int) -> list[int]:
    return made(*(timedelta(hours=one) for one in ago))


def test_invoices_of_the_last_24_hours_count() -> None:
    assert budget(hours(1, 23, 24, 30), NOW) == Budget(2, NOW + timedelta(hours=1))


def test_a_day_without_invoices_has_nothing_to_wait_for() -> None:
    assert budget(hours(25), NOW) == Budget(0, None)


def test_the_fifteenth_invoice_of_auto_add_is_its_last() -> None:
    assert auto_add_may_invoice_at(hours(*range(1, 15)), NOW) is None
    assert auto_add_may_invoice_at(hours(*range(1, 16)), NOW) == NOW + timedelta(hours=9)


def test_auto_add_may_invoice_again_when_fewer_than_fifteen_count() -> None:
    """Of 17 that count, the three oldest must be over: made 17, 16 and 15 hours ago."""
    assert auto_add_may_invoice_at(hours(*range(1, 18)), NOW) == NOW - timedelta(hours=15) + DAY


def test_from_the_tenth_invoice_that_we_know_of_stripe_is_asked() -> None:
    assert not is_worth_a_look(hours(*range(1, 10)), NOW)
    assert is_worth_a_look(hours(*range(1, 11)), NOW)
    assert not is_worth_a_look(hours(*range(24, 40)), NOW)


def test_an_admin_at_the_days_limit_waits_for_the_first_of_the_twenty() -> None:
    assert admin_may_invoice_at(hours(*range(1, 21)), NOW) == NOW + timedelta(hours=4)


def test_an_admin_at_the_minutes_limit_waits_for_the_first_of_the_ten() -> None:
    seconds = made(*(timedelta(seconds=one) for one in range(1, 11)))
    assert admin_may_invoice_at(seconds, NOW) == NOW + timedelta(seconds=50)


def test_an_admin_at_both_limits_waits_for_the_later_one() -> None:
    both = hours(*range(11, 21)) + made(*(timedelta(seconds=one) for one in range(1, 11)))
    assert admin_may_invoice_at(both, NOW) == NOW + timedelta(hours=4)


def test_a_limit_that_we_cannot_count_is_over_in_a_minute() -> None:
    assert admin_may_invoice_at(hours(1), NOW) == NOW + timedelta(minutes=1)


def test_where_stripes_clock_is_ahead_of_ours_it_is_stripes_that_counts() -> None:
    later = NOW + timedelta(days=30)
    made_later = int(later.timestamp())
    assert budget([*hours(1, 2), made_later], NOW) == Budget(1, later + DAY)
