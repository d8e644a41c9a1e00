"""A member is reminded of an idle seat once in seven days, whoever asks for it."""

from __future__ import annotations

from datetime import datetime, timedelta

DAYS_APART = 7


def may_be_reminded(reminded_at: datetime | None, now: datetime) -> bool:
    """Whether the last reminder is seven days ago, or there was none."""
    return reminded_at is None or now - reminded_at >= timedelta(days=DAYS_APART)
