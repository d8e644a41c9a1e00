"""A session ends after a time without a request, and after a time in all; an admin's limits are those of the role now.

An open stream and a page that looks by itself are no requests of a person: they keep no session alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.vocabulary import Role


@dataclass(frozen=True, slots=True)
class SessionLife:
    """How long a session lives without a request (`idle`), and in all (`whole`)."""

    idle: timedelta
    whole: timedelta

    def ends_at(self, began_at: datetime, last_seen_at: datetime) -> datetime:
        """When the session ends unless its member comes back before."""
        return min(began_at + self.whole, last_seen_at + self.idle)


@dataclass(frozen=True, slots=True)
class SessionLives:
    """The lives of clinicians' and of admins' sessions."""

    clinician: SessionLife
    admin: SessionLife

    def of(self, role: Role) -> SessionLife:
        """The life of a member's session in this role."""
        return self.admin if role is Role.ADMIN else self.clinician

    @property
    def longest(self) -> SessionLife:
        """No session of any role lives longer."""
        both = (self.clinician, self.admin)
        return SessionLife(max(life.idle for life in both), max(life.whole for life in both))
