"""Blocked clinicians are gathered per agency: the first opens a digest, sent after 5 s of quiet and at most 60 s.

A burst of first logins is then one mail to each admin, and a single one is told almost at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

QUIET = timedelta(seconds=5)
LONGEST = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest that is being gathered. `id` is the event that opened it: the cause of its mails."""

    id: UUID
    opened_at: datetime
    last_at: datetime

    @property
    def due_at(self) -> datetime:
        """When it is to be sent, if nobody else is Blocked before."""
        return min(self.last_at + QUIET, self.opened_at + LONGEST)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be sent now."""
        return now >= self.due_at


def gathered(digest: Digest | None, cause: UUID, now: datetime) -> Digest:
    """The digest after one more clinician was Blocked by the event `cause`: the open one, or a new one."""
    if digest is None:
        return Digest(cause, now, now)
    return replace(digest, last_at=max(digest.last_at, now))
