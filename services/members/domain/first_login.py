"""The first login of a Pending login is the only trigger of the capacity check, and triggers it once.

Somebody Invited accepts by signing in with a code, also when the link's 14 days are over. Any other login is recorded
and checks nothing: that of somebody Active, of somebody Blocked (who stays Blocked until re-invited), and another one
while the first still waits for its seat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from contracts.vocabulary import MemberStatus
from services.members.domain.accept_invite import Accept, accept_by_code
from services.members.domain.agency import Agency, Member, stands


@dataclass(frozen=True, slots=True)
class CheckCapacity:
    """The first login: ask for a seat. `member` waits from now on."""

    member: Member


@dataclass(frozen=True, slots=True)
class Record:
    """A login like any other."""

    member: Member


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody of this agency, or no longer."""


def record_login(
    agency: Agency | None, member: Member | None, command_id: UUID
) -> CheckCapacity | Accept | Record | Unknown:
    """Decide a proven login; `command_id` is the command that a seat would be asked for with."""
    if not stands(agency) or member is None:
        return Unknown()
    match member.status:
        case MemberStatus.PENDING_LOGIN:
            return Record(member) if member.waiting else CheckCapacity(replace(member, waiting=True))
        case MemberStatus.INVITED:
            return accept_by_code(member, command_id) or Record(member)
        case MemberStatus.ACTIVE | MemberStatus.BLOCKED:
            return Record(member)
        case MemberStatus.REMOVED:
            return Unknown()
        case _:
            assert_never(member.status)
