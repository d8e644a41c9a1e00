"""The first login of a member in status Pending login triggers the capacity check, once. Nothing else triggers it.

An Invited member accepts by signing in with a code, also after the link's 14 days. Any other login is only recorded:
the login of an Active member, of a Blocked member (who stays Blocked until re-invited), and a second login while the
first one waits for its seat. A login with an address that is not the member's is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from contracts.vocabulary import MemberStatus
from services.members.domain.accept_invite import Accept, accept_by_code
from services.members.domain.agency import Agency, Member, stands
from services.members.domain.pick import Pick, with_pick


@dataclass(frozen=True, slots=True)
class CheckCapacity:
    """A first login: `member` waits for the capacity check from now on."""

    member: Member


@dataclass(frozen=True, slots=True)
class Record:
    """A login without a capacity check."""

    member: Member


@dataclass(frozen=True, slots=True)
class Unknown:
    """The person is no member of this agency, or no longer."""


def record_login(
    agency: Agency | None, member: Member | None, pick: Pick | None, holder: Member | None, command_id: UUID
) -> CheckCapacity | Accept | Record | Unknown:
    """Decide a proven login. The member would wait for a seat under the command `command_id`.

    `holder` is the member who has the picked address, None if nobody has it.
    """
    if not stands(agency) or member is None:
        return Unknown()
    member = with_pick(member, pick, holder)
    if member is None:
        return Unknown()
    member = replace(member, proven=True)
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
