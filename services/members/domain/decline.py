"""An admin declines a Blocked member's request for a seat. They stay Blocked, and an admin can let them in later."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.member_rejections import WrongStatus
from contracts.vocabulary import BlockedReason, MemberStatus
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Member


@dataclass(frozen=True, slots=True)
class Declined:
    """The member is Blocked because the request was declined."""

    member: Member


def decline(request: AdminRequest) -> Declined | Reject:
    """Decide the command. Declining once more sends another note."""
    subject = admin_action(request, ends_an_admin=False)
    if isinstance(subject, Reject):
        return subject
    if subject.status is not MemberStatus.BLOCKED:
        return Reject(WrongStatus(subject.status, requested="decline"))
    return Declined(replace(subject, blocked_reason=BlockedReason.REQUEST_DECLINED))
