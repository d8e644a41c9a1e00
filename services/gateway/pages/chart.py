"""The chart of purchased and Active seats by day: two step lines as SVG paths, in units of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.vocabulary import SeatType
from services.gateway.domain.seat_history import Day

WIDTH, HEIGHT = 900, 120
_ROOM_ABOVE = 8
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """The counts from this day on."""

    day: date
    purchased: int
    active: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where it is in the drawing, and the count or the day that stands beside it."""

    at: str
    label: int | date


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of a seat type: its paths, the grid, its first and last day, and the counts as a list."""

    seat_type: SeatType
    purchased: str
    active: str
    area: str
    counts: tuple[Tick, ...]
    days: tuple[Tick, ...]
    first: date
    last: date
    marks: tuple[Mark, ...]


def charts(days: Sequence[Day]) -> tuple[Chart, ...]:
    """A chart for each seat type that was ever bought or used in these days; none without days."""
    if not days:
        return ()
    shown = [kind for kind in SeatType if any(day.purchased.of(kind) or day.active.of(kind) for day in days)]
    return tuple(_chart(days, kind) for kind in shown)


def _chart(days: Sequence[Day], seat_type: SeatType) -> Chart:
    purchased = [day.purchased.of(seat_type) for day in days]
    active = [day.active.of(seat_type) for day in days]
    most = _top(max(1, *purchased, *active))
    line = _steps(active, most)
    return Chart(
        seat_type=seat_type,
        purchased=_steps(purchased, most),
        active=line,
        area=f"{line}V{HEIGHT}H0Z",
        counts=tuple(Tick(_y(count, most), count) for count in sorted({most, most // 2, 0}, reverse=True)),
        days=_days(days),
        first=days[0].day,
        last=days[-1].day,
        marks=_marks(days, purchased, active),
    )


def _top(most: int) -> int:
    """The count at the top of the chart: even, so that the middle line stands for a whole number of seats."""
    return most if most == 1 else most + most % 2


def _steps(counts: Sequence[int], most: int) -> str:
    """A line that stays at each day's count for that day's width."""
    path, before = [], None
    for at, count in enumerate(counts):
        if count != before:
            y = _y(count, most)
            path.append(f"M0 {y}" if before is None else f"H{_x(at, len(counts))}V{y}")
            before = count
    return "".join([*path, f"H{WIDTH}"])


def _x(at: int, days: int) -> str:
    return f"{round(at * WIDTH / days, 1):g}"


def _y(count: int, most: int) -> str:
    return f"{round(HEIGHT - count * (HEIGHT - _ROOM_ABOVE) / most, 1):g}"


def _days(days: Sequence[Day]) -> tuple[Tick, ...]:
    """The first day, and three more at even distances, as far as there are so many days."""
    places = sorted({len(days) * quarter // _QUARTERS for quarter in range(_QUARTERS)})
    return tuple(Tick(_x(place, len(days)), days[place].day) for place in places)


def _marks(days: Sequence[Day], purchased: Sequence[int], active: Sequence[int]) -> tuple[Mark, ...]:
    """Each day that differs from the one before it."""
    marks: list[Mark] = []
    for day, bought, held in zip(days, purchased, active, strict=True):
        if not marks or (marks[-1].purchased, marks[-1].active) != (bought, held):
            marks.append(Mark(day.day, bought, held))
    return tuple(marks)
