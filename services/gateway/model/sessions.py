"""Sessions as they are begun, used and listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.gateway.domain.session_kind import SessionKind


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that a sign-in begins. Only its holder has the token."""

    id: UUID
    token_hash: bytes
    kind: SessionKind
    device: str
    network: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A session that lives. `device` and `network` are those of the sign-in, in words for people.

    `proven_at` is when the person last proved the address.
    """

    id: UUID
    kind: SessionKind
    device: str
    network: str
    began_at: datetime
    last_seen_at: datetime
    proven_at: datetime


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session in its member's list. `ends_at`: if it is not used again."""

    session: Session
    ends_at: datetime
    is_current: bool
