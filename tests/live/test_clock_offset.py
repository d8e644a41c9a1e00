"""The services' clock while the demo agency's history is created."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.clock_offset import ClockOffset, clock_behind

_TOLERANCE = timedelta(minutes=5)


def behind(clock: datetime) -> timedelta:
    return datetime.now(UTC) - clock


def test_the_clock_is_behind_by_the_offset_and_after_zero_it_is_real_time_for_good(tmp_path: Path) -> None:
    clock_offset = ClockOffset(tmp_path / "clock_offset")
    assert not clock_offset.is_set
    clock_offset.set(7 * 86_400)
    clock = clock_behind(clock_offset)
    assert abs(behind(clock()) - timedelta(days=7)) < _TOLERANCE
    clock_offset.set(86_400)
    assert abs(behind(clock()) - timedelta(days=1)) < _TOLERANCE
    clock_offset.set(0)
    assert abs(behind(clock())) < _TOLERANCE
    clock_offset.set(86_400)
    assert abs(behind(clock())) < _TOLERANCE, "a service that has reached real time never goes back"
    assert clock_offset.is_set


def test_a_clock_without_an_offset_file_is_real_time(tmp_path: Path) -> None:
    assert abs(behind(clock_behind(ClockOffset(tmp_path / "none"))())) < _TOLERANCE
