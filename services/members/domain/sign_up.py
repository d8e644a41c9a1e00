"""A person who signs up with an address on the agency's auto-join domain becomes a Pending login without a seat.

A mailbox gets one Pending login, however its addresses are spelled. Until its first login, every further sign-up is a
claim of equal rank and does not change it: nobody has proven the mailbox yet. The mailbox of any other member is taken,
whatever their status, so that one mailbox never holds two seats by sign-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role, SeatType, domain_of
from services.members.domain.agency import Agency, Member, awaits_first_login, stands


@dataclass(frozen=True, slots=True)
class Enter:
    """A new Pending login."""

    member: Member


@dataclass(frozen=True, slots=True)
class Claim:
    """Another sign-up for the mailbox of this Pending login."""

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
    agency: Agency | None, known: Sequence[Member], email: str, name: str, seat_type: SeatType, member_id: UUID
) -> Enter | Claim | Known | OtherDomain:
    """Decide a sign-up. `known` are the members with this mailbox; a subdomain is another domain."""
    if not stands(agency):
        return OtherDomain(auto_join=None)
    if known:
        # An admin may have invited several spellings of one mailbox. The exact one is the person's.
        own = min(known, key=lambda member: _precedence(member, email))
        return Claim(own) if awaits_first_login(own) else Known(own)
    if domain_of(email) != agency.domain:
        return OtherDomain(agency.domain)
    return Enter(Member(member_id, email, name, seat_type, Role.CLINICIAN, MemberStatus.PENDING_LOGIN))


def _precedence(member: Member, email: str) -> tuple[bool, bool, bool]:
    return (member.email != email, not awaits_first_login(member), member.status is MemberStatus.REMOVED)
