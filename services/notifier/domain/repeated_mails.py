"""Strangers cannot fill a mailbox with mails that they cause: the same news is mailed again only after a while.

A person who signs up again, or requests a code at another spelling of their address, gets a mail about it at most once
an hour: what they need is in the mailbox already. Admins get a mail about wrong codes at most once a day for addresses
and once for first logins; the activity log lists every one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

ADVICE_EVERY = timedelta(hours=1)
WRONG_CODES_EVERY = timedelta(hours=24)


def is_repeated(mailed_at: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether the same news was mailed so recently that it is not mailed again."""
    return mailed_at is not None and now < mailed_at + every
