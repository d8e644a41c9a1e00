"""The services' clock while the demo agency's history is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.past import Past, clock_behind

_A_MOMENT = timedelta(minutes=5)


def behind(clock: datetime) -> timedelta:
    return datetime.now(UTC) - clock


def test_it_is_behind_as_the_file_says_and_once_it_has_arrived_it_is_the_walls_for_good(tmp_path: Path) -> None:
    past = Past(tmp_path / "past")
    assert not past.began
    past.set(7 * 86_400)
    clock = clock_behind(past)
    assert abs(behind(clock()) - timedelta(days=7)) < _A_MOMENT
    past.set(86_400)
    assert abs(behind(clock()) - timedelta(days=1)) < _A_MOMENT
    past.set(0)
    assert abs(behind(clock())) < _A_MOMENT
    past.set(86_400)
    assert abs(behind(clock())) < _A_MOMENT, "nothing sets a service back again"
    assert past.began


def test_without_a_file_it_is_the_walls(tmp_path: Path) -> None:
    assert abs(behind(clock_behind(Past(tmp_path / "none"))())) < _A_MOMENT
