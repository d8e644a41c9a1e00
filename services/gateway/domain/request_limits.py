"""Sign-ups, code mails and tries are limited by the hour, for each address, network and agency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

WINDOW = timedelta(hours=1)


def window_start(now: datetime) -> datetime:
    """The beginning of the hour that this moment is counted in."""
    seconds = int(now.timestamp())
    return datetime.fromtimestamp(seconds - seconds % int(WINDOW.total_seconds()), UTC)


def retry_after(now: datetime) -> int:
    """Seconds until the next hour begins, at least 1."""
    return max(1, int((window_start(now) + WINDOW - now).total_seconds()) + 1)
