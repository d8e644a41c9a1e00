"""A purchase of Auto-Add gathers for 250 ms after the first person who waits, and keeps a distance from the last one.

It starts 2 seconds after the last one ended at the earliest, or 10 seconds after it from the fourth in a minute.
Members who arrive in between share the purchase, so a burst of first logins makes only a few purchases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

GATHER = timedelta(milliseconds=250)
"""Unless the settings say otherwise: long enough for people who log in together, too short for them to notice."""
GAP = timedelta(seconds=2)
"""Long enough for the rest of a burst to join the line, short enough to go unnoticed."""
LONG_GAP = timedelta(seconds=10)
"""The gap when purchases keep coming: Stripe allows 20 invoices a day for a subscription."""
WINDOW = timedelta(minutes=1)
QUICK = 3
"""The purchases within the window that keep the short gap, and the number of end times to remember."""


def gathered(waiting_since: datetime | None, gather: timedelta, now: datetime) -> datetime:
    """The time when the purchase for a line that began then has gathered."""
    return now if waiting_since is None else max(now, waiting_since + gather)


def earliest(ended: Sequence[datetime], now: datetime) -> datetime:
    """The time when the next purchase may start. `ended` are the latest `QUICK` end times, oldest first."""
    if not ended:
        return now
    recent = sum(now - end < WINDOW for end in ended)
    return max(now, ended[-1] + (LONG_GAP if recent >= QUICK else GAP))


def remember(ended: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """The end times to remember after another purchase has ended."""
    return (*ended, now)[-QUICK:]
