"""Following the newest invitation's link, within its 14 days and for the first time, accepts: a seat is asked for.

A link that was used, has expired, was replaced by a newer one or belongs to somebody removed accepts nothing. A code
proves the address as well, and needs no link. Neither waits for the BAA: it gates what admins do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.members.domain.agency import Agency, Invitation, Member, stands


@dataclass(frozen=True, slots=True)
class Accept:
    """The invitation is accepted: `member` waits for a seat from now on."""

    member: Member
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class LinkExpired:
    """This link accepts nothing (any more)."""


def accept_invite(
    agency: Agency | None, member: Member | None, invitation_id: UUID, now: datetime, command_id: UUID
) -> Accept | LinkExpired:
    """Decide a link that was followed; `command_id` is the command that a seat is asked for with."""
    if not stands(agency) or member is None:
        return LinkExpired()
    accepted = accept_by_code(member, command_id)
    if accepted is None or accepted.invitation.id != invitation_id or now >= accepted.invitation.expires_at:
        return LinkExpired()
    return accepted


def accept_by_code(member: Member, command_id: UUID) -> Accept | None:
    """Decide a proven login of somebody Invited; None when there is nothing to accept (any more)."""
    invitation = member.invitation
    if invitation is None or member.waiting:
        return None
    accepted = replace(invitation, accepted_by=command_id)
    return Accept(replace(member, waiting=True, invitation=accepted), accepted)
