"""What admins do is done by an Active admin, once the agency's BAA is signed, and leaves an Active admin.

The actor's role is checked again here: it may have changed since the gateway looked. Of two admins who demote each
other in the same instant, the second is told of the last admin, which is what stops them, not that they were demoted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from contracts.vocabulary import RejectionCode
from services.members.domain.agency import Agency, Member, stands
from services.members.domain.last_admin import is_last_admin


@dataclass(frozen=True, slots=True)
class Reject:
    """It is not done, and why, with the figures that a person needs."""

    code: RejectionCode
    figures: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants something done to whom. `members` holds at least all admins of the agency."""

    agency: Agency | None
    actor: Member | None
    subject: Member | None
    members: Collection[Member]


def by_an_admin(agency: Agency | None, actor: Member | None) -> Agency | Reject:
    """The agency that the action concerns as a whole, if it may go on."""
    if not stands(agency):
        return Reject(RejectionCode.NOT_AN_ADMIN)
    if agency.baa is None:
        return Reject(RejectionCode.BAA_UNSIGNED)
    if actor is None or not actor.is_active_admin:
        return Reject(RejectionCode.NOT_AN_ADMIN)
    return agency


def admin_action(request: Asked, *, ends_an_admin: bool) -> Member | Reject:
    """The member whom the action concerns, if it may go on; `ends_an_admin`: the subject would be no admin after it."""
    if not stands(request.agency):
        return Reject(RejectionCode.NOT_AN_ADMIN)
    if request.agency.baa is None:
        return Reject(RejectionCode.BAA_UNSIGNED)
    if request.subject is None:
        return Reject(RejectionCode.UNKNOWN_MEMBER)
    if ends_an_admin and is_last_admin(request.subject, request.members):
        return Reject(RejectionCode.LAST_ADMIN)
    if request.actor is None or not request.actor.is_active_admin:
        return Reject(RejectionCode.NOT_AN_ADMIN)
    return request.subject
