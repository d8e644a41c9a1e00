"""An admin lets a Blocked member into a free seat: no other link, since a login has proven the address.

The seat is free as for an invite. Without one, an admin buys it (`let_in.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.member_rejections import WrongStatus
from contracts.vocabulary import MemberStatus
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Member
from services.members.domain.capacity import Capacity, no_room


@dataclass(frozen=True, slots=True)
class Approved:
    """seats is to assign a free seat to the member."""

    member: Member


def approve(request: AdminRequest, capacity: Capacity) -> Approved | Reject:
    """Decide the command."""
    subject = admin_action(request, ends_an_admin=False)
    if isinstance(subject, Reject):
        return subject
    if subject.status is not MemberStatus.BLOCKED:
        return Reject(WrongStatus(subject.status, requested="approve"))
    return no_room(capacity, subject.seat_type) or Approved(subject)
