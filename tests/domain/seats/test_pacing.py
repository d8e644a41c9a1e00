"""Pacing: a purchase gathers, and a burst is a few purchases."""

from datetime import UTC, datetime, timedelta

from services.seats.domain.pacing import GATHER, earliest, gathered, remember

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def before(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_a_first_purchase_has_no_purchase_to_keep_a_distance_from() -> None:
    assert earliest((), NOW) == NOW


def test_a_purchase_gathers_for_a_quarter_of_a_second_after_the_first_person_who_waits() -> None:
    assert gathered(NOW, GATHER, NOW) == NOW + timedelta(seconds=0.25)
    assert gathered(before(0.1), GATHER, NOW) == NOW + timedelta(seconds=0.15)


def test_a_line_that_is_older_has_gathered() -> None:
    assert gathered(before(0.25), GATHER, NOW) == gathered(before(30), GATHER, NOW) == NOW
    assert gathered(None, GATHER, NOW) == NOW


def test_a_purchase_starts_at_once_when_none_ended_in_the_last_two_seconds() -> None:
    assert earliest((before(2),), NOW) == NOW


def test_a_purchase_starts_two_seconds_after_the_last_one_ended() -> None:
    assert earliest((before(30), before(0.5)), NOW) == NOW + timedelta(seconds=1.5)


def test_from_the_fourth_within_a_minute_a_purchase_starts_ten_seconds_after_the_last_one_ended() -> None:
    assert earliest((before(59), before(30), before(4)), NOW) == NOW + timedelta(seconds=6)
    assert earliest((before(59), before(30), before(10)), NOW) == NOW


def test_purchases_that_ended_a_minute_ago_do_not_slow_the_next_one() -> None:
    assert earliest((before(60), before(30), before(4)), NOW) == NOW


def test_only_as_many_ends_are_remembered_as_count() -> None:
    ends = tuple(before(seconds) for seconds in (9, 8, 7))
    assert remember((), NOW) == (NOW,)
    assert remember(ends, NOW) == (*ends[1:], NOW)
