"""Billing periods: each ends whole intervals after the anchor; in a shorter month, on the month's last day."""

import calendar
from datetime import UTC, datetime, timedelta

_MONTHS_IN_YEAR = 12


def interval_after(anchor: int, interval: str, count: int) -> int:
    """Return the second that lies `count` intervals after the anchor second (31 January + 1 month = 28 February)."""
    start = datetime.fromtimestamp(anchor, UTC)
    match interval:
        case "day" | "week":
            days = count if interval == "day" else 7 * count
            return int((start + timedelta(days=days)).timestamp())
        case "month" | "year":
            months = start.month - 1 + (count if interval == "month" else _MONTHS_IN_YEAR * count)
            year, month = start.year + months // _MONTHS_IN_YEAR, months % _MONTHS_IN_YEAR + 1
            day = min(start.day, calendar.monthrange(year, month)[1])
            return int(start.replace(year=year, month=month, day=day).timestamp())
        case _:
            raise ValueError(f"unknown interval: {interval}")


def period_end(anchor: int, start: int, interval: str, count: int) -> int:
    """Return the first boundary after `start`, counted from the anchor, so that a short month does not move the day."""
    return period_around(anchor, start, interval, count)[1]


def period_around(anchor: int, moment: int, interval: str, count: int) -> tuple[int, int]:
    """Return the period in which a moment lies: the boundaries before and after it, counted from the anchor."""
    intervals = 0
    while interval_after(anchor, interval, intervals * count) > moment:
        intervals -= 1
    while interval_after(anchor, interval, (intervals + 1) * count) <= moment:
        intervals += 1
    return interval_after(anchor, interval, intervals * count), interval_after(
        anchor, interval, (intervals + 1) * count
    )
