"""The use of seats: by a session, or as a program reports it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class MemberUse(NamedTuple):
    """The last time that a member of an agency used the seat."""

    agency_id: UUID
    member_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportedUse:
    """A use that a program reports, of a member by id or by address. `at` None: now."""

    member_id: UUID | None
    email: str | None
    at: datetime | None
