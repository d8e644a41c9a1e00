"""A year costs twelve months less ten per cent, rounded down to a cent, on top of the volume discount."""

from __future__ import annotations

MONTHS = 12
PERCENT_PAID = 90


def annual_price(month_cents: int) -> int:
    """The unit price of a year in cents, from the unit price of a month in cents."""
    return month_cents * MONTHS * PERCENT_PAID // 100


def month_price(year_cents: int) -> int:
    """The unit price of a month in cents whose year costs this: `annual_price` the other way round, exactly.

    A cent more a month is ten cents more a year, so no two months' prices share a year's.
    """
    return -(-year_cents * 100 // (MONTHS * PERCENT_PAID))
