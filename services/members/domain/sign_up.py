"""A person who signs up with an address on the agency's auto-join domain becomes a Pending login without a seat.

A sign-up with a known mailbox changes nothing, whatever the member's status and whatever the person typed this time.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role, SeatType, domain_of
from services.members.domain.agency import Agency, Member, stands


@dataclass(frozen=True, slots=True)
class Enter:
    """A new Pending login."""

    member: Member


@dataclass(frozen=True, slots=True)
class Known:
    """The mailbox belongs to this member already."""

    member: Member


@dataclass(frozen=True, slots=True)
class OtherDomain:
    """The address is not on the auto-join domain. `auto_join` is that domain, None without an agency."""

    auto_join: str | None


def sign_up(
    agency: Agency | None, known: Member | None, email: str, name: str, seat_type: SeatType, member_id: UUID
) -> Enter | Known | OtherDomain:
    """Decide a sign-up. `known` is the member with this mailbox; a subdomain is another domain."""
    if not stands(agency):
        return OtherDomain(auto_join=None)
    if known is not None:
        return Known(known)
    if domain_of(email) != agency.domain:
        return OtherDomain(agency.domain)
    return Enter(Member(member_id, email, name, seat_type, Role.CLINICIAN, MemberStatus.PENDING_LOGIN))
