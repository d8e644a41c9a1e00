"""An admin action needs an Active admin and a signed BAA, and leaves the agency at least one Active admin.

This rule checks the actor's role again, because it may have changed since the gateway checked it. If two admins demote
each other in the same instant, the second is rejected with `last_admin`, not with `not_an_admin`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from contracts import member_rejections, request_rejections
from contracts.rejections import Rejection
from services.members.domain.agency import Agency, Member, stands
from services.members.domain.last_admin import is_last_admin


@dataclass(frozen=True, slots=True)
class Reject:
    """The action is rejected, for this reason."""

    rejection: Rejection


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """An action of `actor` on `subject`. `members` holds an Active admin beside `subject`, if there is one."""

    agency: Agency | None
    actor: Member | None
    subject: Member | None
    members: Collection[Member]


def by_an_admin(agency: Agency | None, actor: Member | None) -> Agency | Reject:
    """The agency, if this actor may act on it as a whole; otherwise the rejection."""
    if not stands(agency):
        return Reject(request_rejections.NotAnAdmin())
    if agency.baa_unsigned:
        return Reject(request_rejections.BaaUnsigned())
    if actor is None or not actor.is_active_admin:
        return Reject(request_rejections.NotAnAdmin())
    return agency


def admin_action(request: AdminRequest, *, ends_an_admin: bool) -> Member | Reject:
    """The subject if the action is allowed, else the rejection. `ends_an_admin`: the subject would lose the role."""
    if not stands(request.agency):
        return Reject(request_rejections.NotAnAdmin())
    if request.agency.baa_unsigned:
        return Reject(request_rejections.BaaUnsigned())
    if request.subject is None:
        return Reject(member_rejections.UnknownMember())
    if ends_an_admin and is_last_admin(request.subject, request.members):
        return Reject(member_rejections.LastAdmin())
    if request.actor is None or not request.actor.is_active_admin:
        return Reject(request_rejections.NotAnAdmin())
    return request.subject
