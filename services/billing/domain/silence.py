"""When Stripe has not settled a purchase for ten minutes the admins are told, once; we go on trying."""

from __future__ import annotations

from datetime import datetime, timedelta

TELL_AFTER = timedelta(minutes=10)


def is_to_be_told(since: datetime, now: datetime) -> bool:
    """True when the first attempt, made at `since`, is ten minutes old."""
    return now - since >= TELL_AFTER
