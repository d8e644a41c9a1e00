"""Who was Blocked, or waited more than 10 s for a purchase, is mailed when they are in.

The waiting page lets them close it after 10 s and promises this mail. Who saw the welcome page by then gets none.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.vocabulary import MemberStatus

PATIENCE = timedelta(seconds=10)


def deserves_a_mail(status: MemberStatus, waiting_since: datetime | None, *, bought: bool, now: datetime) -> bool:
    """Whether somebody who becomes Active now should hear it by mail.

    `status` is where they stood until now, `bought` whether a purchase was made for them.
    """
    if status is MemberStatus.BLOCKED:
        return True
    return bought and waiting_since is not None and now - waiting_since > PATIENCE
