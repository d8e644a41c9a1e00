"""A code or link from before a removal does not let the member in, not even after a new invitation."""

from __future__ import annotations

from datetime import datetime

from contracts.vocabulary import MemberStatus


def removed_since(requested_at: datetime, status: MemberStatus, removed_at: datetime | None) -> bool:
    """Whether the member is removed, or was removed after the code or link was requested."""
    return status is MemberStatus.REMOVED or (removed_at is not None and requested_at <= removed_at)
