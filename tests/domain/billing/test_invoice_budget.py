"""At most 20 invoices in 24 hours and 10 in a minute; five of the twenty are kept for admins."""

from datetime import UTC, datetime, timedelta

from services.billing.domain.invoice_budget import (
    Budget,
    admin_may_invoice_at,
    auto_add_may_invoice_at,
    budget,
    may_be_used_up,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


def made(*ago: timedelta) -> list[int]:
    """The seconds of invoices that were made this long ago."""
    return [int((NOW - age).timestamp()) for age in ago]


def hours(*ago: int) -> list[int]:
    return made(*(timedelta(hours=age) for age in ago))


def test_invoices_of_the_last_24_hours_count() -> None:
    assert budget(hours(1, 23, 24, 30), NOW) == Budget(2, NOW + timedelta(hours=1))


def test_a_day_without_invoices_has_nothing_to_wait_for() -> None:
    assert budget(hours(25), NOW) == Budget(0, None)


def test_the_fifteenth_invoice_of_auto_add_is_its_last() -> None:
    assert auto_add_may_invoice_at(hours(*range(1, 15)), NOW) is None
    assert auto_add_may_invoice_at(hours(*range(1, 16)), NOW) == NOW + timedelta(hours=9)


def test_auto_add_may_invoice_again_when_fewer_than_fifteen_count() -> None:
    """Three of 17 invoices must stop counting: those made 17, 16 and 15 hours ago."""
    assert auto_add_may_invoice_at(hours(*range(1, 18)), NOW) == NOW - timedelta(hours=15) + DAY


def test_from_the_tenth_known_invoice_on_the_budget_may_be_used_up() -> None:
    assert not may_be_used_up(hours(*range(1, 10)), NOW)
    assert may_be_used_up(hours(*range(1, 11)), NOW)
    assert not may_be_used_up(hours(*range(24, 40)), NOW)


def test_an_admin_at_the_days_limit_waits_for_the_first_of_the_twenty() -> None:
    assert admin_may_invoice_at(hours(*range(1, 21)), NOW) == NOW + timedelta(hours=4)


def test_an_admin_at_the_minutes_limit_waits_for_the_first_of_the_ten() -> None:
    seconds = made(*(timedelta(seconds=age) for age in range(1, 11)))
    assert admin_may_invoice_at(seconds, NOW) == NOW + timedelta(seconds=50)


def test_an_admin_at_both_limits_waits_for_the_later_one() -> None:
    both = hours(*range(11, 21)) + made(*(timedelta(seconds=age) for age in range(1, 11)))
    assert admin_may_invoice_at(both, NOW) == NOW + timedelta(hours=4)


def test_a_limit_that_our_count_does_not_show_passes_in_a_minute() -> None:
    assert admin_may_invoice_at(hours(1), NOW) == NOW + timedelta(minutes=1)


def test_stripes_clock_counts_if_it_is_ahead_of_ours() -> None:
    later = NOW + timedelta(days=30)
    made_later = int(later.timestamp())
    assert budget([*hours(1, 2), made_later], NOW) == Budget(1, later + DAY)
