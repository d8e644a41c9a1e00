"""A year costs twelve months less ten per cent, rounded down to a cent, on top of the volume discount."""

from __future__ import annotations

MONTHS = 12
PERCENT_PAID = 90


def annual_price(month_cents: int) -> int:
    """The unit price of a year in cents, from the unit price of a month in cents."""
    return month_cents * MONTHS * PERCENT_PAID // 100
