"""The mail about idle seats comes once a month, as a month begins (UTC), to the admins who wanted it before then."""

from __future__ import annotations

from datetime import UTC, datetime


def month_of(now: datetime) -> datetime:
    """The beginning of the month: who wanted the mail before, and has not got it since, is due."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
