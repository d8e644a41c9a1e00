"""A sent invoice is overdue past its due date. Stripe tries no card for it, and its subscription becomes `past_due`.

Source: Stripe's documentation, "Collection methods".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Stripe calls an invoice overdue by its own clock, and its event may arrive before our clock is there."""


def is_overdue(due_at: int | None, now: datetime) -> bool:
    """True past the due date, in Stripe's seconds; False for an invoice that charges a card, which has none."""
    return due_at is not None and now.timestamp() >= due_at - _CLOCKS_DIFFER.total_seconds()
