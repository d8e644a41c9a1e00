"""For 20 days a removal can be undone: the member is Active again, in a seat of the type that they held.

The seat may be taken by then, and none is bought: without a free one the undo is rejected, and the member stays
Removed. Only members who held a seat come back so; anybody else loses nothing by a new invitation. Their sessions have
ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.member_rejections import WrongStatus
from contracts.rejections import Rejection
from contracts.seat_rejections import NoSeatAvailable
from contracts.vocabulary import MemberStatus, SeatType
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Member, Removal, comes_back
from services.members.domain.capacity import Capacity, no_room

UNDO_FOR = timedelta(days=20)
"""Longer than a billing admin's fortnight between two visits, as Google Workspace keeps deleted users."""


@dataclass(frozen=True, slots=True)
class Return:
    """The member waits for a seat of this type, and is Removed until seats assigns it."""

    member: Member
    seat_type: SeatType


def undo_until(removal: Removal) -> datetime:
    """When the removal can no longer be undone."""
    return removal.at + UNDO_FOR


def undo_removal(request: AdminRequest, capacity: Capacity, now: datetime, command_id: UUID) -> Return | Reject:
    """Decide the command `command_id`."""
    subject = admin_action(request, ends_an_admin=False)
    if isinstance(subject, Reject):
        return subject
    if comes_back(subject):
        return Reject(WrongStatus(subject.status, waits=1))
    removal = subject.removal
    if subject.status is not MemberStatus.REMOVED or removal is None or now >= undo_until(removal):
        return Reject(WrongStatus(subject.status, requested="undo_removal"))
    full = no_room(capacity, removal.held)
    return full or Return(replace(subject, removal=replace(removal, undone_by=command_id)), removal.held)


def no_seat(capacity: Capacity, seat_type: SeatType) -> Rejection:
    """Why seats had no seat, although one seemed free when the undo was decided."""
    full = no_room(capacity, seat_type)
    if full is not None:
        return full.rejection
    purchased, active, waiting = (
        counts.of(seat_type) for counts in (capacity.purchased, capacity.active, capacity.waiting)
    )
    return NoSeatAvailable(seat_type, purchased, active, waiting)
