"""A person is fresh for 15 minutes after proving the address: by signing in, or by a code in the running session."""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH_FOR = timedelta(minutes=15)
"""Long enough to finish a change, and too short for somebody who finds an open browser."""


def is_fresh(proven_at: datetime | None, now: datetime) -> bool:
    """Whether the address was proven at most 15 minutes ago; None: it never was."""
    return proven_at is not None and now - proven_at <= FRESH_FOR
