"""The chart of purchased and Active seats by day: two step lines as SVG paths, in units of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.vocabulary import SeatType
from services.gateway.domain.seat_history import Day

WIDTH, HEIGHT = 900, 120
_ROOM_ABOVE = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """The counts from this day on."""

    day: date
    purchased: int
    active: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of a seat type: its paths, the highest count, its first and last day, and the counts as a list."""

    seat_type: SeatType
    purchased: str
    active: str
    area: str
    most: int
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
    most = max(1, *purchased, *active)
    line = _steps(active, most)
    return Chart(
        seat_type=seat_type,
        purchased=_steps(purchased, most),
        active=line,
        area=f"{line}V{HEIGHT}H0Z",
        most=most,
        first=days[0].day,
        last=days[-1].day,
        marks=_marks(days, purchased, active),
    )


def _steps(counts: Sequence[int], most: int) -> str:
    """A line that stays at each day's count for that day's width."""
    path, before = [], None
    for at, count in enumerate(counts):
        if count != before:
            y = round(HEIGHT - count * (HEIGHT - _ROOM_ABOVE) / most, 1)
            path.append(f"M0 {y:g}" if before is None else f"H{_x(at, len(counts))}V{y:g}")
            before = count
    return "".join([*path, f"H{WIDTH}"])


def _x(at: int, days: int) -> str:
    return f"{round(at * WIDTH / days, 1):g}"


def _marks(days: Sequence[Day], purchased: Sequence[int], active: Sequence[int]) -> tuple[Mark, ...]:
    """Each day that differs from the one before it."""
    marks: list[Mark] = []
    for day, bought, held in zip(days, purchased, active, strict=True):
        if not marks or (marks[-1].purchased, marks[-1].active) != (bought, held):
            marks.append(Mark(day.day, bought, held))
    return tuple(marks)
