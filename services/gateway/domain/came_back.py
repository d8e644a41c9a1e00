"""What somebody asked for before they were removed does not let them in after they were invited back."""

from __future__ import annotations

from datetime import datetime

from contracts.vocabulary import MemberStatus


def outlived(requested_at: datetime, status: MemberStatus, removed_at: datetime | None) -> bool:
    """Whether a code or link asked for then is over for this member: removed now, or removed since."""
    return status is MemberStatus.REMOVED or (removed_at is not None and requested_at <= removed_at)
