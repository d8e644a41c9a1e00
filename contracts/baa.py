"""The BAA's version that can be signed now, and until when a signature under an earlier version counts.

Standard library only, so that a domain rule may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.vocabulary import BAA_VERSION

GRACE = timedelta(days=30)
"""How long a signature under an earlier version counts after a new version has begun to ask for one."""


@dataclass(frozen=True, slots=True)
class BaaVersion:
    """A version of the BAA's text. From `effective_from` on, agencies that signed an earlier one are to sign it."""

    version: str
    effective_from: datetime
    grace: timedelta = GRACE

    @property
    def sign_by(self) -> datetime:
        """The moment from which an earlier version's signature does not count."""
        return self.effective_from + self.grace


CURRENT_BAA = BaaVersion(BAA_VERSION, datetime(2026, 11, 1, tzinfo=UTC))
"""The version that can be signed now. A new version is a new date too: its grace begins then."""
