"""Invitations: the agency and member that a link names, and a new link as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class InvitationAddress:
    """An invitation as its link names it. `member_id` is None until members has published the invitation."""

    id: UUID
    agency_id: UUID
    member_id: UUID | None
