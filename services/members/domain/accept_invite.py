"""The newest link of an invited member accepts the invitation once, within 14 days. The member then waits for a seat.

A link that was used, has expired, was replaced by a newer one, or belongs to a removed member accepts nothing. A login
code proves the address too, and needs no link. Accepting does not need the BAA, which gates admin actions only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.members.domain.agency import Agency, Invitation, Member, stands


@dataclass(frozen=True, slots=True)
class Accept:
    """The invitation is accepted, and `member` waits for a seat."""

    member: Member
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class LinkExpired:
    """The link is not valid, or no longer."""


def accept_invite(
    agency: Agency | None, member: Member | None, invitation_id: UUID, now: datetime, command_id: UUID
) -> Accept | LinkExpired:
    """Decide a followed link. The member would wait for a seat under the command `command_id`."""
    if not stands(agency) or member is None:
        return LinkExpired()
    accepted = accept_by_code(member, command_id)
    if accepted is None or accepted.invitation.id != invitation_id or now >= accepted.invitation.expires_at:
        return LinkExpired()
    return accepted


def accept_by_code(member: Member, command_id: UUID) -> Accept | None:
    """Decide a proven login of an Invited member. None if there is nothing to accept, or no longer."""
    invitation = member.invitation
    if invitation is None or member.waiting:
        return None
    accepted = replace(invitation, accepted_by=command_id)
    return Accept(replace(member, waiting=True, proven=True, invitation=accepted), accepted)
