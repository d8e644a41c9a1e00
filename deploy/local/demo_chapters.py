"""The chapters of the demo agency's history: when each happened, and which an interrupted start has played."""

from calendar import monthrange
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

_OPENED = (77, 14.2)
"""When the agency was opened: so many days ago, at this hour of the day in UTC."""
_UNTIL_PAID = 1.5
"""Hours from a renewal to its payment: its invoice is a draft for one hour, and the first start may take a while."""


def seconds_since(days: int, hour: float) -> int:
    """The seconds from this hour of the day, so many days ago, until now."""
    now = datetime.now(UTC)
    then = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=days, hours=-hour)
    return int((now - then).total_seconds())


def seconds_since_opening() -> int:
    """The seconds since the agency was opened."""
    return seconds_since(*_OPENED)


def renewals() -> list[tuple[int, float]]:
    """The days and hours of the two renewals: one and two months after the opening."""
    today = datetime.now(UTC).date()
    days, hour = _OPENED
    opened = today - timedelta(days=days)
    moments = []
    for months in (1, 2):
        years, month = divmod(opened.month - 1 + months, 12)
        year, month = opened.year + years, month + 1
        renewed = date(year, month, min(opened.day, monthrange(year, month)[1]))
        moments.append(((today - renewed).days, hour + _UNTIL_PAID))
    return moments


@dataclass(frozen=True)
class Chapter:
    """A part of the history: what happened at an hour of the day (in UTC), so many days ago."""

    days: int
    hour: float
    play: Callable[[], Awaitable[None]]

    @property
    def name(self) -> str:
        """Its name, which is the same on every day."""
        return self.play.__name__


class PlayedChapters:
    """The chapters that an interrupted start has played. They are not repeated: their idempotency keys have expired."""

    def __init__(self, file: Path) -> None:
        """`file` holds their names."""
        self._file = file

    def __contains__(self, name: str) -> bool:
        """Whether the chapter has been played."""
        return self._file.exists() and name in self._file.read_text().split()

    def add(self, name: str) -> None:
        """Store that the chapter has been played."""
        with self._file.open("a") as names:
            names.write(f"{name}\n")
