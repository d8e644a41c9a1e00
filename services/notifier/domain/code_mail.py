"""A code is mailed only while it is good, and never a second time after an unknown outcome: the person asks again."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

_MINUTE = timedelta(minutes=1)


class NotMailed(StrEnum):
    """Why a code is not mailed."""

    EXPIRED = "expired"
    MAY_BE_THERE = "may_be_there"


def reason_not_to_mail(expires_at: datetime, now: datetime, *, unknown: bool) -> NotMailed | None:
    """Why this code must not be mailed now; None when it should be. `unknown`: it may have been handed over before."""
    if unknown:
        return NotMailed.MAY_BE_THERE
    if now >= expires_at:
        return NotMailed.EXPIRED
    return None


def minutes_left(expires_at: datetime, now: datetime) -> int:
    """For how many minutes the code works, to the nearest one, at least 1."""
    return max(1, round((expires_at - now) / _MINUTE))
