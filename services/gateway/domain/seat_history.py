"""Each day shows the counts with which it ended; a day without a change repeats the day before.

Days are UTC. Days before the agency had seats are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.vocabulary import Quantities

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """The changes of a day: the purchased seats at its end (None: unchanged), and by how much Active moved."""

    day: date
    purchased: Quantities | None
    active_by: Quantities


@dataclass(frozen=True, slots=True)
class Day:
    """The counts at the end of a day."""

    day: date
    purchased: Quantities
    active: Quantities


def seat_history(changes: Iterable[Change], first: date, last: date) -> tuple[Day, ...]:
    """Each day from `first` to `last`. `changes` are all of the agency's, oldest first, also from before."""
    known = {change.day: change for change in changes}
    if not known:
        return ()
    purchased: Quantities | None = None
    active = Quantities()
    days = []
    day = min(*known, first)
    while day <= last:
        if (change := known.get(day)) is not None:
            purchased = purchased if change.purchased is None else change.purchased
            active = Quantities(active.base + change.active_by.base, active.voice + change.active_by.voice)
        if day >= first and purchased is not None:
            days.append(Day(day, purchased, active))
        day += _DAY
    return tuple(days)
