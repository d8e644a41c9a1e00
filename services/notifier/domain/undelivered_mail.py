"""An inviter gets at most one mail an hour about invitations that could not be delivered.

The first failure is mailed at once. The member list and the activity log show every failure, so an import of many bad
addresses does not flood the inviter.
"""

from __future__ import annotations

from datetime import datetime, timedelta

APART = timedelta(hours=1)


def deserves_a_mail(last: datetime | None, now: datetime) -> bool:
    """Whether the inviter is mailed now, who was last mailed about such a failure at `last`."""
    return last is None or now - last >= APART
