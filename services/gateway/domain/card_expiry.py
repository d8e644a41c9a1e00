"""A card can be charged until the last day of its month of expiry; in its last 30 days people need another."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=30)
"""Stripe warns merchants as early ("customer.source.expiring", 30 days before)."""
_MONTHS = 12


class Expiry(StrEnum):
    """Whether a card can still be charged."""

    GOOD = "good"
    SOON = "soon"
    EXPIRED = "expired"


def card_expiry(exp_month: int | None, exp_year: int | None, now: datetime) -> Expiry:
    """Whether the card has expired, or expires soon. What has no date, as a bank account, never expires."""
    if exp_month is None or exp_year is None:
        return Expiry.GOOD
    last = exp_year * _MONTHS + exp_month
    if _month(now) > last:
        return Expiry.EXPIRED
    return Expiry.SOON if _month(now + SOON) > last else Expiry.GOOD


def _month(moment: datetime) -> int:
    """The months since the year 0, in UTC."""
    return moment.year * _MONTHS + moment.month
