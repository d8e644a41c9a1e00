"""The first Blocked clinician of an agency opens a digest, which is sent after 5 s of quiet, at the latest after 60 s.

A burst of first logins makes one mail to each admin, and a single first login is reported almost at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

QUIET = timedelta(seconds=5)
LONGEST = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest that is still open. `id` is the id of the event that opened it, and the cause of its mails."""

    id: UUID
    opened_at: datetime
    last_at: datetime

    @property
    def due_at(self) -> datetime:
        """The moment to send it, unless another clinician is Blocked before."""
        return min(self.last_at + QUIET, self.opened_at + LONGEST)

    def is_due(self, now: datetime) -> bool:
        """Whether it must be sent now."""
        return now >= self.due_at


def with_blocked(digest: Digest | None, cause: UUID, now: datetime) -> Digest:
    """The digest after the event `cause` Blocked one more clinician: the open digest, or a new one."""
    if digest is None:
        return Digest(cause, now, now)
    return replace(digest, last_at=max(digest.last_at, now))
