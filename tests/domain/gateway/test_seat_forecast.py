"""When a seat type is full at the pace of the last 90 days."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest

from contracts.vocabulary import Quantities, SeatType
from services.gateway.domain.seat_forecast import (
    Forecast,
    Full,
    FullIn,
    NotEnoughHistory,
    NotInSight,
    pace,
    seat_forecast,
)
from services.gateway.domain.seat_history import Day
from services.gateway.texts.outlook import forecast

VOICE = SeatType.VOICE
FIRST = date(2026, 9, 1)


def days(weekly: Sequence[int], purchased: int, *, extra: int = 0) -> list[Day]:
    """Days whose Voice count moves by so much at the end of each week, with some more days before them."""
    active, counts = 10, [10] * (extra + 1)
    for gained in weekly:
        counts += [active] * 6
        active += gained
        counts.append(active)
    return [
        Day(FIRST + timedelta(days=number), Quantities(1, purchased), Quantities(1, count))
        for number, count in enumerate(counts)
    ]


def ahead(weekly: Sequence[int], free: int) -> Forecast:
    known = days(weekly, 10 + sum(weekly) + free)
    return seat_forecast(known, VOICE)


def test_at_an_even_pace_the_type_is_full_when_the_free_seats_are_taken() -> None:
    assert ahead([2] * 12, 7) == FullIn(weeks=4, soonest=4, latest=4)


def test_the_band_reaches_from_the_fastest_to_the_slowest_four_weeks() -> None:
    assert ahead([1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4], 8) == FullIn(weeks=4, soonest=2, latest=8)


def test_the_band_has_no_end_where_four_weeks_brought_nobody() -> None:
    assert ahead([0, 0, 0, 0, 2, 2, 2, 2], 4) == FullIn(weeks=4, soonest=2, latest=None)


def test_a_pace_that_is_faster_than_any_four_weeks_is_in_the_band() -> None:
    assert ahead([4, 0, 0, 0, 4], 8) == FullIn(weeks=5, soonest=5, latest=8)


@pytest.mark.parametrize("weekly", [[0] * 8, [-1] * 8, [0] * 11 + [1]])
def test_a_type_that_does_not_grow_or_hardly_is_not_full_within_two_years(weekly: list[int]) -> None:
    assert ahead(weekly, 20) == NotInSight()


def test_without_a_free_seat_the_type_is_full_already_also_where_it_was_lowered() -> None:
    assert ahead([1] * 8, 0) == Full()
    assert ahead([1] * 8, -2) == Full()


def test_fewer_than_four_whole_weeks_are_not_enough_history() -> None:
    assert seat_forecast([], VOICE) == NotEnoughHistory()
    assert seat_forecast(days([1, 1, 1], 40, extra=6), VOICE) == NotEnoughHistory()
    assert pace(days([1, 1, 1, 1], 40, extra=6), VOICE) == Fraction(1)


def test_each_forecast_has_its_sentence() -> None:
    assert [
        forecast(VOICE, state)
        for state in (
            NotEnoughHistory(),
            Full(),
            NotInSight(),
            FullIn(6, 4, 11),
            FullIn(6, 4, None),
            FullIn(6, 6, None),
            FullIn(1, 1, 1),
        )
    ] == [
        "Voice seats: not enough history. Four weeks are needed.",
        "Voice seats: all are taken.",
        "Voice seats: not full within two years at this pace.",
        "Voice seats: full in 6 weeks, between 4 and 11 weeks.",
        "Voice seats: full in 6 weeks, in 4 weeks at the soonest.",
        "Voice seats: full in 6 weeks.",
        "Voice seats: full in a week.",
    ]
