"""Only Active members change between Clinician and Admin. A change to the current role succeeds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.member_rejections import WrongStatus
from contracts.vocabulary import MemberStatus, Role
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Member


@dataclass(frozen=True, slots=True)
class Changed:
    """The member has the role. `before` is the earlier role, the same if nothing changed."""

    member: Member
    before: Role


def change_role(request: AdminRequest, role: Role) -> Changed | Reject:
    """Decide a member's new role."""
    subject = admin_action(request, ends_an_admin=role is not Role.ADMIN)
    if isinstance(subject, Reject):
        return subject
    if subject.status is not MemberStatus.ACTIVE:
        return Reject(WrongStatus(subject.status))
    return Changed(replace(subject, role=role), subject.role)
