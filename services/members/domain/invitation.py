"""An invitation's link is good for 14 days, and the newest of a member is the only one: an older one is dead.

Whoever is invited is Invited, holds no seat and waits for none, whatever they were before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.agency import Invitation, Member

GOOD_FOR = timedelta(days=14)
"""Two weeks outlast a holiday; who comes later signs in with a code, or is invited anew."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom somebody wants invited, as they were typed in. `invitation_id` names the link."""

    invitation_id: UUID
    email: str
    name: str
    seat_type: SeatType
    role: Role


@dataclass(frozen=True, slots=True)
class Invited:
    """The member is Invited, under this link. `before` is where they stood, None for somebody new."""

    member: Member
    invitation: Invitation
    before: MemberStatus | None


def invited(guest: Guest, known: Member | None, now: datetime, member_id: UUID) -> Invited:
    """Somebody new or known as a guest; `member_id` is for somebody new. One mailbox stays one member."""
    invitation = Invitation(guest.invitation_id, now + GOOD_FOR)
    member = Member(
        id=member_id if known is None else known.id,
        email=guest.email.strip(),
        name=guest.name,
        seat_type=guest.seat_type,
        role=guest.role,
        status=MemberStatus.INVITED,
        invitation=invitation,
    )
    return Invited(member, invitation, None if known is None else known.status)


def invited_anew(member: Member, invitation_id: UUID, seat_type: SeatType, now: datetime) -> Invited:
    """Somebody known, under a fresh link."""
    invitation = Invitation(invitation_id, now + GOOD_FOR)
    again = replace(
        member, seat_type=seat_type, status=MemberStatus.INVITED, blocked_reason=None, invitation=invitation
    )
    return Invited(again, invitation, member.status)
