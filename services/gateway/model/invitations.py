"""Invitation links: new, as a link names its invitation, and as a transaction uses them up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import MemberStatus
from services.gateway.domain.invitation_link import LinkState


@dataclass(frozen=True, slots=True)
class NewLink:
    """The link of an invitation that is commanded now, as a keyed hash."""

    id: UUID
    link_hash: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationAddress:
    """An invitation as its link names it. Its member is None until members has published the invitation."""

    id: UUID
    agency_id: UUID
    member_id: UUID | None
    mailbox: str | None


@dataclass(frozen=True, slots=True)
class ShownInvitation:
    """An invitation as the page of its link shows it. The member's values are None until members has published it."""

    member_id: UUID | None
    state: LinkState
    expires_at: datetime
    status: MemberStatus | None
    email: str | None
    agency: str | None
    inviter: str | None


@dataclass(slots=True)
class InvitationLink:
    """The locked row of an invitation's link. A decision changes `state`, and sets `changed`."""

    id: UUID
    state: LinkState
    expires_at: datetime
    changed: bool = False

    def use(self) -> None:
        """The link has been followed, and accepts no more."""
        self.state, self.changed = LinkState.USED, True
