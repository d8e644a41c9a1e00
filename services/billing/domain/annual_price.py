"""A year costs twelve months less ten per cent, rounded down to a cent, on top of the volume discount."""

from __future__ import annotations

MONTHS = 12
PERCENT_PAID = 90


def annual_price(month_cents: int) -> int:
    """The unit price of a year in cents, from the unit price of a month in cents."""
    return month_cents * MONTHS * PERCENT_PAID // 100


def month_price(year_cents: int) -> int:
    """The unit price of a month in cents, from the unit price of a year in cents: the exact inverse of `annual_price`.

    One cent more per month is at least ten cents more per year, so the inverse is unique.
    """
    return -(-year_cents * 100 // (MONTHS * PERCENT_PAID))
