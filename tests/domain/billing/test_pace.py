"""Stripe is called at a pace below its limits, and slower for a while after it has rejected a call."""

import pytest

from services.billing.domain.pace import Pace


def _places(pace: Pace, seconds: float, now: float = 0.0) -> int:
    """The number of calls in this many seconds when there is always a call that waits."""
    end, count = now + seconds, 0
    while (now := now + pace.take_place(now)) < end:
        count += 1
    return count


def test_calls_leave_one_after_the_other_however_many_wait() -> None:
    pace = Pace(10)
    assert [round(pace.take_place(0.0), 3) for _ in range(4)] == [0.0, 0.0, 0.1, 0.2]


@pytest.mark.parametrize("most", [4, 25, 90])
def test_no_second_has_more_than_a_tenth_above_the_pace(most: float) -> None:
    assert _places(Pace(most), 1.0) <= most * 1.1 + 1
    assert _places(Pace(most), 60.0) == pytest.approx(most * 60, rel=0.02)


def test_a_pause_saves_up_no_more_than_a_tenth_of_a_second() -> None:
    pace = Pace(90)
    _places(pace, 1.0)
    assert _places(pace, 1.0, now=1_000.0) <= 100


def test_a_rejected_call_slows_the_next_ones_down() -> None:
    pace = Pace(100)
    pace.turned_away(0.0)
    assert pace.rate(0.0) == pytest.approx(70)


def test_calls_rejected_within_a_second_slow_the_pace_down_once() -> None:
    pace = Pace(100)
    for at in (0.0, 0.2, 0.9):
        pace.turned_away(at)
    assert pace.rate(0.9) == pytest.approx(71.5)
    pace.turned_away(1.0)
    assert pace.rate(1.0) < 51


def test_the_pace_returns_little_by_little_to_its_maximum() -> None:
    pace = Pace(90)
    pace.turned_away(0.0)
    rates = [pace.rate(second) for second in (1.0, 5.0, 10.0, 18.0, 600.0)]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(64.5)
    assert rates[-2:] == [90, 90]


def test_the_pace_never_becomes_zero() -> None:
    pace = Pace(25)
    for second in range(200):
        pace.turned_away(float(second))
    assert pace.rate(199.0) > 0.9
