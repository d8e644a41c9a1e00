"""The filter and the order of a member list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.vocabulary import MemberStatus, Role, SeatType


class MemberSort(StrEnum):
    """The order of the members. The default comes first: members who need an admin to act, then by name."""

    BLOCKED_FIRST = "blocked_first"
    NAME = "name"
    NAME_DESCENDING = "name_descending"
    LAST_SEEN = "last_seen"
    LAST_SEEN_DESCENDING = "last_seen_descending"

    @property
    def descending(self) -> bool:
        """Whether the last comes first."""
        return self in {MemberSort.NAME_DESCENDING, MemberSort.LAST_SEEN_DESCENDING}

    @property
    def by_last_seen(self) -> bool:
        """Whether the time of the last visit orders the list. Members who were never seen are the longest unseen."""
        return self in {MemberSort.LAST_SEEN, MemberSort.LAST_SEEN_DESCENDING}


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """The members to show. Without a status: all but the Removed. `seat_type` is the seat held, or else picked.

    `unseen_since`: only the Active members who have not been seen since then.
    """

    status: MemberStatus | None = None
    q: str | None = None
    seat_type: SeatType | None = None
    role: Role | None = None
    sort: MemberSort = MemberSort.BLOCKED_FIRST
    unseen_since: datetime | None = None

    @property
    def by_status_alone(self) -> bool:
        """Whether the agency's counts by status say how many members match."""
        return (self.q, self.seat_type, self.role, self.unseen_since) == (None,) * 4
