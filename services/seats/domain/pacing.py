"""A purchase starts at once if none ended in the last 2 seconds, otherwise 2 seconds after that end.

From the fourth within a minute, 10 seconds after. Whoever came meanwhile goes together, so a burst is a few purchases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

GAP = timedelta(seconds=2)
"""Long enough that the rest of a burst is in line, short enough that nobody who waits notices."""
LONG_GAP = timedelta(seconds=10)
"""When purchases keep coming: Stripe takes 20 invoices a day for a subscription."""
WINDOW = timedelta(minutes=1)
QUICK = 3
"""How many purchases within the window keep the short gap; also how many ends have to be remembered."""


def earliest(ended: Sequence[datetime], now: datetime) -> datetime:
    """When the next purchase may start; `ended` are the ends of the latest `QUICK` purchases, oldest first."""
    if not ended:
        return now
    recent = sum(now - end < WINDOW for end in ended)
    return max(now, ended[-1] + (LONG_GAP if recent >= QUICK else GAP))


def remember(ended: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """The ends to remember when another purchase has ended."""
    return (*ended, now)[-QUICK:]
