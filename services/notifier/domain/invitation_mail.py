"""An invitation is mailed while its link is good; one that expired before it could be sent is dropped.

Unlike a code's it is sent again after an unknown outcome, under the same Message-ID: the link works once all the same.
"""

from __future__ import annotations

from datetime import datetime


def is_worth_mailing(expires_at: datetime, now: datetime) -> bool:
    """Whether the invitation's link still accepts."""
    return now < expires_at
