"""Any member but the last Active admin may be removed. The seat is freed, and only an invite brings them back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.member_rejections import WrongStatus
from contracts.vocabulary import MemberStatus, SeatType
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Member, Removal


@dataclass(frozen=True, slots=True)
class Removed:
    """The member is removed and does not wait any more. `before` is the earlier status, `held` the seat they had."""

    member: Member
    before: MemberStatus
    held: SeatType | None


def remove(request: AdminRequest, now: datetime) -> Removed | Reject:
    """Decide a removal. A removed member cannot be removed again."""
    subject = admin_action(request, ends_an_admin=True)
    if isinstance(subject, Reject):
        return subject
    if subject.status is MemberStatus.REMOVED:
        return Reject(WrongStatus(subject.status))
    held = subject.plan_type
    gone = replace(
        subject,
        status=MemberStatus.REMOVED,
        plan_type=None,
        blocked_reason=None,
        waiting=False,
        invitation=None,
        removal=None if held is None else Removal(now, held),
    )
    return Removed(gone, subject.status, held)
