"""A seat type is full in so many weeks at the pace of the last 90 days, with a band; or there is too little to say so.

The pace is by how many more members were Active a week, over the whole weeks that are known, and four weeks are needed.
The band reaches from the fastest to the slowest four weeks in a row among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeAlias

from contracts.vocabulary import SeatType
from services.gateway.domain.seat_history import Day

DAYS = 90
_WEEK = 7
_LEAST_WEEKS = 4
MOST_WEEKS = 104
"""A forecast for more than two years would be no forecast."""


@dataclass(frozen=True, slots=True)
class NotEnoughHistory:
    """Fewer than four whole weeks are known."""


@dataclass(frozen=True, slots=True)
class Full:
    """Every seat is taken already."""


@dataclass(frozen=True, slots=True)
class NotInSight:
    """At this pace the type is not full within two years."""


@dataclass(frozen=True, slots=True)
class FullIn:
    """The type is full in so many weeks: `soonest` at the fastest pace, `latest` at the slowest, None: not in sight."""

    weeks: int
    soonest: int
    latest: int | None


Forecast: TypeAlias = NotEnoughHistory | Full | NotInSight | FullIn


def pace(days: Sequence[Day], seat_type: SeatType) -> Fraction | None:
    """By how many more members of a type were Active a week; None with fewer than four whole weeks."""
    weeks = (len(days) - 1) // _WEEK
    if weeks < _LEAST_WEEKS:
        return None
    return Fraction(_gained(days, seat_type, len(days) - 1, weeks), weeks)


def seat_forecast(days: Sequence[Day], seat_type: SeatType) -> Forecast:
    """The forecast of a seat type. `days` are those that are known, oldest first, each with its counts."""
    average = pace(days, seat_type)
    if average is None:
        return NotEnoughHistory()
    free = days[-1].purchased.of(seat_type) - days[-1].active.of(seat_type)
    if free <= 0:
        return Full()
    ends = range(len(days) - 1, _LEAST_WEEKS * _WEEK - 1, -_WEEK)
    paces = [average, *(Fraction(_gained(days, seat_type, end, _LEAST_WEEKS), _LEAST_WEEKS) for end in ends)]
    weeks, soonest = _until_full(free, average), _until_full(free, max(paces))
    if weeks is None or soonest is None:
        return NotInSight()
    return FullIn(weeks, soonest, _until_full(free, min(paces)))


def _gained(days: Sequence[Day], seat_type: SeatType, end: int, weeks: int) -> int:
    return days[end].active.of(seat_type) - days[end - weeks * _WEEK].active.of(seat_type)


def _until_full(free: int, gained_a_week: Fraction) -> int | None:
    """The weeks until so many seats are taken; None if that is not in sight."""
    if gained_a_week <= 0:
        return None
    weeks = ceil(free / gained_a_week)
    return weeks if weeks <= MOST_WEEKS else None
