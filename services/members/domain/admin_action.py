"""What admins do is done by an Active admin, once the agency's BAA is signed, and leaves an Active admin.

The actor's role is checked again here: it may have changed since the gateway looked. Of two admins who demote each
other in the same instant, the second is told of the last admin, which is what stops them, not that they were demoted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from contracts import rejections
from contracts.rejections import Rejection
from services.members.domain.agency import Agency, Member, stands
from services.members.domain.last_admin import is_last_admin


@dataclass(frozen=True, slots=True)
class Reject:
    """The action is rejected, for this reason."""

    rejection: Rejection


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """Who wants something done to whom. `members` holds at least all admins of the agency."""

    agency: Agency | None
    actor: Member | None
    subject: Member | None
    members: Collection[Member]


def by_an_admin(agency: Agency | None, actor: Member | None) -> Agency | Reject:
    """The agency that the action concerns as a whole, if it may go on."""
    if not stands(agency):
        return Reject(rejections.NotAnAdmin())
    if agency.baa is None:
        return Reject(rejections.BaaUnsigned())
    if actor is None or not actor.is_active_admin:
        return Reject(rejections.NotAnAdmin())
    return agency


def admin_action(request: AdminRequest, *, ends_an_admin: bool) -> Member | Reject:
    """The member whom the action concerns, if it may go on; `ends_an_admin`: the subject would be no admin after it."""
    if not stands(request.agency):
        return Reject(rejections.NotAnAdmin())
    if request.agency.baa is None:
        return Reject(rejections.BaaUnsigned())
    if request.subject is None:
        return Reject(rejections.UnknownMember())
    if ends_an_admin and is_last_admin(request.subject, request.members):
        return Reject(rejections.LastAdmin())
    if request.actor is None or not request.actor.is_active_admin:
        return Reject(rejections.NotAnAdmin())
    return request.subject
