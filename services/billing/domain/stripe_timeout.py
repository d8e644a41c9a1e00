"""Notify the admins once when Stripe has not completed an operation for ten minutes. The attempts go on."""

from __future__ import annotations

from datetime import datetime, timedelta

NOTIFY_AFTER = timedelta(minutes=10)


def is_due_to_notify(since: datetime, now: datetime) -> bool:
    """True when the first attempt, made at `since`, is ten minutes old."""
    return now - since >= NOTIFY_AFTER
