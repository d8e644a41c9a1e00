"""Requests are counted by the hour or by the day (UTC), for each network, address or agency.

A request that a limit rejects counts against none: a caller that floods uses up nothing but its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests of a kind in a window, for each name."""

    kind: str
    most: int
    window: timedelta = HOUR


def window_end(now: datetime, window: timedelta) -> datetime:
    """The end of the hour or day that this moment is counted in."""
    seconds, length = int(now.timestamp()), int(window.total_seconds())
    return datetime.fromtimestamp(seconds - seconds % length + length, UTC)


def retry_after(now: datetime, window: timedelta) -> int:
    """Seconds until the next hour or day begins, at least 1."""
    return max(1, int((window_end(now, window) - now).total_seconds()) + 1)
