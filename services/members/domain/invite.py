"""An invite needs a free seat at the moment when it is made. Without one it is rejected, also with Auto-Add ON.

An address of any mail domain may be invited, but not the address of a current member. Another spelling of a member's
mailbox is another address: an admin may invite it on purpose. Only an invite brings a removed member back.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.member_rejections import AlreadyMember, WrongStatus
from contracts.vocabulary import MemberStatus
from services.members.domain.admin_action import Reject, by_an_admin
from services.members.domain.agency import Agency, Member, comes_back
from services.members.domain.capacity import Capacity, no_room
from services.members.domain.invitation import Guest, Invited, invited


def invite(
    agency: Agency | None,
    actor: Member | None,
    known: Member | None,
    capacity: Capacity,
    guest: Guest,
    now: datetime,
    member_id: UUID,
) -> Invited | Reject:
    """Decide an invite. `known` is the member with exactly that address, `member_id` is for a new member."""
    allowed = by_an_admin(agency, actor)
    if isinstance(allowed, Reject):
        return allowed
    if known is not None and known.status is not MemberStatus.REMOVED:
        return Reject(AlreadyMember(known.status, known.id))
    if known is not None and comes_back(known):
        return Reject(WrongStatus(known.status, waits=1))
    return no_room(capacity, guest.seat_type) or invited(guest, known, now, member_id)
