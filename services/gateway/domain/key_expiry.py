"""An API key ends at a time that is set when it is made: after 90 days, or after a year at most."""

from __future__ import annotations

from datetime import datetime, timedelta

LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=365)
_SOON = timedelta(days=14)


def expiry_of(requested: datetime | None, now: datetime) -> datetime | None:
    """When a key that is made now ends; None when the time requested is over, or more than a year away."""
    if requested is None:
        return now + LIFE
    return requested if now < requested <= now + LONGEST_LIFE else None


def has_ended(expires_at: datetime, now: datetime) -> bool:
    """Whether the key opens nothing anymore."""
    return now >= expires_at


def ends_soon(expires_at: datetime, now: datetime) -> bool:
    """Whether the key ends within two weeks: time to make the next one."""
    return now >= expires_at - _SOON
