"""An admin corrects the name of any current member, and what the person has not settled by signing in.

The seat type is open while the member is a Pending login, Invited or Blocked; an Active member's seat is swapped
instead, which needs a free seat. A Blocked member stays Blocked. The address is open until somebody has proven it, so
that nobody's account is handed to another mailbox. A Pending login stays on the auto-join domain, and in a mailbox of
its own: any other address is for an invite. An Invited member gets a fresh link at the new address, and the old link
ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts import member_rejections
from contracts.vocabulary import MemberStatus, SeatType, domain_of
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Member, stands
from services.members.domain.capacity import Capacity, no_room
from services.members.domain.invitation import Invited, invited_anew
from services.members.domain.pick import Details, details_of

_BEFORE_A_SEAT = frozenset({MemberStatus.PENDING_LOGIN, MemberStatus.INVITED, MemberStatus.BLOCKED})
_BEFORE_A_PROOF = frozenset({MemberStatus.PENDING_LOGIN, MemberStatus.INVITED})


@dataclass(frozen=True, slots=True)
class Correction:
    """The corrected values; None keeps a value. `invitation_id` is for the new address of an Invited member."""

    name: str | None = None
    seat_type: SeatType | None = None
    email: str | None = None
    invitation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """The member has these details. `invited` is the fresh invitation, if the address of an Invited member changed."""

    member: Member
    before: Details
    invited: Invited | None


def correct_details(
    request: AdminRequest, correction: Correction, namesakes: Sequence[Member], capacity: Capacity, now: datetime
) -> Corrected | Reject:
    """Decide a correction. `namesakes` are the members with the mailbox of the new address."""
    subject = admin_action(request, ends_an_admin=False)
    if isinstance(subject, Reject):
        return subject
    if subject.status is MemberStatus.REMOVED:
        return Reject(member_rejections.WrongStatus(subject.status))
    email, seat_type = correction.email or subject.email, correction.seat_type or subject.seat_type
    wrong = None
    if email != subject.email:
        others = [member for member in namesakes if member.id != subject.id]
        wrong = _other_address(request, subject, email, others)
    if wrong is None and seat_type is not subject.seat_type:
        wrong = _other_seat_type(subject, seat_type, capacity)
    if wrong is not None:
        return wrong
    corrected = replace(subject, email=email, name=correction.name or subject.name, seat_type=seat_type)
    invited = None
    moves = email != subject.email and subject.status is MemberStatus.INVITED
    if moves and correction.invitation_id is not None:
        invited = invited_anew(corrected, correction.invitation_id, now)
    return Corrected(corrected if invited is None else invited.member, details_of(subject), invited)


def _other_address(request: AdminRequest, subject: Member, email: str, others: Sequence[Member]) -> Reject | None:
    if subject.waiting:
        return Reject(member_rejections.WrongStatus(subject.status, waits=1))
    if subject.proven or subject.status not in _BEFORE_A_PROOF:
        return Reject(member_rejections.WrongStatus(subject.status, requested="email"))
    is_pending = subject.status is MemberStatus.PENDING_LOGIN
    if is_pending and stands(request.agency) and domain_of(email) != request.agency.domain:
        return Reject(member_rejections.DomainNotAutoJoin(request.agency.domain))
    taken = next((member for member in others if is_pending or member.email == email), None)
    return None if taken is None else Reject(member_rejections.AlreadyMember(taken.status, taken.id))


def _other_seat_type(subject: Member, seat_type: SeatType, capacity: Capacity) -> Reject | None:
    if subject.waiting:
        return Reject(member_rejections.WrongStatus(subject.status, waits=1))
    if subject.status not in _BEFORE_A_SEAT:
        return Reject(member_rejections.WrongStatus(subject.status, requested="seat_type"))
    return no_room(capacity, seat_type) if subject.status is MemberStatus.INVITED else None
