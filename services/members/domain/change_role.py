"""Clinician and Admin are exchanged for Active members only; a role that is held already is no mistake."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.rejections import WrongStatus
from contracts.vocabulary import MemberStatus, Role
from services.members.domain.admin_action import AdminRequest, Reject, admin_action
from services.members.domain.agency import Member


@dataclass(frozen=True, slots=True)
class Changed:
    """The member has the role. `before` is the one they had, the same when nothing changed."""

    member: Member
    before: Role


def change_role(request: AdminRequest, role: Role) -> Changed | Reject:
    """Decide a new role for somebody."""
    subject = admin_action(request, ends_an_admin=role is not Role.ADMIN)
    if isinstance(subject, Reject):
        return subject
    if subject.status is not MemberStatus.ACTIVE:
        return Reject(WrongStatus(subject.status))
    return Changed(replace(subject, role=role), subject.role)
