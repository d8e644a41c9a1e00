"""An invitation is mailed only while its link is valid; an expired invitation is dropped.

Unlike a login code it is sent again after an unknown outcome, under the same Message-ID: its link works only once.
"""

from __future__ import annotations

from datetime import datetime


def is_worth_mailing(expires_at: datetime, now: datetime) -> bool:
    """Whether the invitation's link still accepts."""
    return now < expires_at
