"""An invitation's link is valid for 14 days, and only the newest link of a member is valid.

An invited member has status Invited, holds no seat and does not wait for one, whatever the earlier status was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.agency import Invitation, Member

GOOD_FOR = timedelta(days=14)
"""Two weeks outlast a holiday. Later the member signs in with a code, or is re-invited."""


@dataclass(frozen=True, slots=True)
class Guest:
    """The person to invite, as the admin typed them in. `invitation_id` names the link."""

    invitation_id: UUID
    email: str
    name: str
    seat_type: SeatType
    role: Role


@dataclass(frozen=True, slots=True)
class Invited:
    """The member is Invited with this link. `before` is the earlier status, None for a new member."""

    member: Member
    invitation: Invitation
    before: MemberStatus | None


def invited(guest: Guest, known: Member | None, now: datetime, member_id: UUID) -> Invited:
    """Invite a new or a known person. `member_id` is for a new one; a known address stays the same member."""
    invitation = Invitation(guest.invitation_id, now + GOOD_FOR)
    member = Member(
        id=member_id if known is None else known.id,
        email=guest.email,
        name=guest.name,
        seat_type=guest.seat_type,
        role=guest.role,
        status=MemberStatus.INVITED,
        invitation=invitation,
        proven=known is not None and known.proven,
    )
    return Invited(member, invitation, None if known is None else known.status)


def invited_anew(member: Member, invitation_id: UUID, now: datetime) -> Invited:
    """Send a known member a new link, on the terms that the member has now."""
    invitation = Invitation(invitation_id, now + GOOD_FOR)
    again = replace(member, status=MemberStatus.INVITED, blocked_reason=None, invitation=invitation)
    return Invited(again, invitation, member.status)
