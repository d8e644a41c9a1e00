"""Codes and links for signing in: as they are stored, and as they wait for their mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.gateway.model.request_state import Claim


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code and a link for a mailbox. An address without a member gets the same row, so that nothing tells it apart.

    `sealed` is what the mail will say; only the notifier opens it.
    """

    id: UUID
    browser_hash: bytes
    mailbox: str
    code_hash: bytes
    link_hash: bytes
    sealed: str
    created_at: datetime
    expires_at: datetime
    claim: Claim


@dataclass(frozen=True, slots=True)
class CodeToMail:
    """A code whose mail has not been commanded. Without a member nobody has the address, and no mail is sent."""

    code_id: UUID
    expires_at: datetime
    member_id: UUID | None
    agency_id: UUID | None
    email: str | None
