"""A person who was Blocked, or waited more than 10 s for a purchase, gets a mail when they become Active.

After 10 s the waiting page invites people to close it and promises this mail. A person who got in before has read the
welcome page and gets no mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.vocabulary import MemberStatus

PATIENCE = timedelta(seconds=10)


def deserves_a_mail(status: MemberStatus, waited_since: datetime | None, now: datetime) -> bool:
    """Whether a person who becomes Active now gets a mail.

    `status` is their status until now, `waited_since` when they began to wait for a purchase, None without one.
    """
    if status in {MemberStatus.BLOCKED, MemberStatus.REMOVED}:
        return True
    return waited_since is not None and now - waited_since > PATIENCE
