"""Notify people once when Stripe has not completed an operation for ten minutes, and end the wait after 24 hours.

The attempts go on: those of an undoing also after the end, so that nothing of the change is left at Stripe.
"""

from __future__ import annotations

from datetime import datetime, timedelta

NOTIFY_AFTER = timedelta(minutes=10)
END_AFTER = timedelta(hours=24)


def is_due_to_notify(since: datetime, now: datetime) -> bool:
    """True when the first attempt, made at `since`, is ten minutes old."""
    return now - since >= NOTIFY_AFTER


def is_given_up(since: datetime, now: datetime) -> bool:
    """True when nobody waits any longer for what Stripe was first requested to do at `since`."""
    return now - since >= END_AFTER
