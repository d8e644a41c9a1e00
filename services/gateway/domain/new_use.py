"""A seat's use counts once a day: a use within a day of the last one changes nothing, and one of the future is now.

The clocks of reporting programs differ, and a use of tomorrow would keep a seat from being idle.
"""

from __future__ import annotations

from datetime import datetime, timedelta

APART = timedelta(days=1)


def new_use(last_seen: datetime | None, at: datetime, now: datetime) -> datetime | None:
    """When the use is to be recorded as; None for a use that changes nothing."""
    used = min(at, now)
    return used if last_seen is None or used - last_seen >= APART else None
