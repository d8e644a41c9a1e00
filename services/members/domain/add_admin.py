"""The operator gives an agency an admin if its only admin is gone, also before the BAA is signed.

An Active member becomes an admin. Any other address is invited as an admin, if a seat is free as for any invite.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts import member_rejections, request_rejections
from contracts.vocabulary import Actor, ActorKind, MemberStatus, Role
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Agency, Member, comes_back, stands
from services.members.domain.capacity import Capacity, no_room
from services.members.domain.change_role import Changed
from services.members.domain.invitation import Guest, Invited, invited


def add_admin(
    agency: Agency | None,
    actor: Actor,
    known: Member | None,
    capacity: Capacity,
    guest: Guest,
    now: datetime,
    member_id: UUID,
) -> Changed | Invited | Reject:
    """Decide the command. `known` is the member with exactly that address; one who waits for a seat is left alone."""
    if actor.kind is not ActorKind.OPERATOR:
        return Reject(request_rejections.NotAnAdmin())
    if not stands(agency):
        return Reject(member_rejections.WrongStatus(agency="unknown" if agency is None else "refused"))
    if known is not None and known.status is MemberStatus.ACTIVE:
        return Changed(replace(known, role=Role.ADMIN), known.role)
    if known is not None and (known.waiting or comes_back(known)):
        return Reject(member_rejections.WrongStatus(known.status, waits=1))
    return no_room(capacity, guest.seat_type) or invited(guest, known, now, member_id)
