"""The member that an exact address signs in as: the only one, one to choose among several agencies, or none.

Another spelling of the mailbox is another address. A removed member is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from contracts.vocabulary import MemberStatus
from services.gateway.domain.first_pick import Wish

FIRST = frozenset({MemberStatus.PENDING_LOGIN, MemberStatus.INVITED})
"""The statuses of members who have never logged in: their sign-in is a first login."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that this address could sign in as. `email` and `wish` are the member's own details so far."""

    member_id: UUID
    agency_id: UUID
    agency_name: str
    agency_domain: str
    status: MemberStatus
    email: str
    wish: Wish
    has_logged_in: bool

    @property
    def awaits_first_login(self) -> bool:
        """Whether nobody has proven the sign-up of this Pending login yet."""
        return self.status is MemberStatus.PENDING_LOGIN and not self.has_logged_in


@dataclass(frozen=True, slots=True)
class OneMember:
    """The address is this member's."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class SeveralMembers:
    """The address has members in several agencies; the person chooses one."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class NoMember:
    """The address is no member's, or no member's of the agency that was named."""


Identity = OneMember | SeveralMembers | NoMember


def identify(candidates: Sequence[Candidate], agency_id: UUID | None) -> Identity:
    """The member that signs in with this address, into the named agency or the only one."""
    present = [
        candidate
        for candidate in candidates
        if candidate.status is not MemberStatus.REMOVED and (agency_id is None or candidate.agency_id == agency_id)
    ]
    match present:
        case []:
            return NoMember()
        case [only]:
            return OneMember(only)
        case _:
            return SeveralMembers(tuple(sorted(present, key=lambda member: (member.agency_name, member.agency_domain))))


def _candidates(identity: Identity) -> tuple[Candidate, ...]:
    match identity:
        case OneMember(candidate):
            return (candidate,)
        case SeveralMembers(candidates):
            return candidates
        case NoMember():
            return ()
        case never:
            assert_never(never)


def member_in(agency_id: UUID, identity: Identity) -> UUID | None:
    """The member of this agency that has the address; None when no member there has it."""
    return next((candidate.member_id for candidate in _candidates(identity) if candidate.agency_id == agency_id), None)


def first_login_agencies(identity: Identity, agency_of_domain: UUID) -> tuple[UUID, ...]:
    """The agencies against whose first logins a wrong code counts: all in which the code would make one.

    An unknown address counts against the agency of its domain: nothing tells it from one that waits for a first login.
    """
    if isinstance(identity, NoMember):
        return (agency_of_domain,)
    return tuple(candidate.agency_id for candidate in _candidates(identity) if candidate.status in FIRST)
