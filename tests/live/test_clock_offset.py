"""The services' clock while the demo agency's history is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.clock_offset import ClockOffset, clock_behind

_A_MOMENT = timedelta(minutes=5)


def behind(clock: datetime) -> timedelta:
    return datetime.now(UTC) - clock


def test_it_is_behind_as_the_file_says_and_once_it_has_arrived_it_is_the_walls_for_good(tmp_path: Path) -> None:
    clock_offset = ClockOffset(tmp_path / "past")
    assert not clock_offset.is_set
    clock_offset.set(7 * 86_400)
    clock = clock_behind(clock_offset)
    assert abs(behind(clock()) - timedelta(days=7)) < _A_MOMENT
    clock_offset.set(86_400)
    assert abs(behind(clock()) - timedelta(days=1)) < _A_MOMENT
    clock_offset.set(0)
    assert abs(behind(clock())) < _A_MOMENT
    clock_offset.set(86_400)
    assert abs(behind(clock())) < _A_MOMENT, "nothing sets a service back again"
    assert clock_offset.is_set


def test_without_a_file_it_is_the_walls(tmp_path: Path) -> None:
    assert abs(behind(clock_behind(ClockOffset(tmp_path / "none"))())) < _A_MOMENT
