"""A login code is mailed only while it is valid, and never again after an unknown outcome.

A person who got no code requests a new one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

_MINUTE = timedelta(minutes=1)


class NotMailed(StrEnum):
    """Why a code is dropped."""

    EXPIRED = "expired"
    MAY_BE_THERE = "may_be_there"


def reason_not_to_mail(expires_at: datetime, now: datetime, *, unknown: bool) -> NotMailed | None:
    """Why this code must be dropped; None to mail it. `unknown`: an earlier attempt may have delivered it."""
    if unknown:
        return NotMailed.MAY_BE_THERE
    if now >= expires_at:
        return NotMailed.EXPIRED
    return None


def minutes_left(expires_at: datetime, now: datetime) -> int:
    """The minutes for which the code or its link is still valid, to the nearest minute, at least 1."""
    return max(1, round((expires_at - now) / _MINUTE))
