"""The JSON bodies of a person's own sessions."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime, Field

from services.gateway.api.schemas.base import EXAMPLE_ID, Wire
from services.gateway.domain.session_kind import SessionKind


class SessionRow(Wire):
    """A session that lives. `lastSeenAt` is right to two minutes; `expiresAt` moves with each request until the end."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    current: bool = Field(description="Whether this very request is made with it.")
    kind: SessionKind = Field(description="`extension`: a browser extension or an app with a bearer token.")
    device: str = Field(examples=["Chrome on Windows"])
    network: str = Field(examples=["203.0.113.9"], description="The address, or the /64 of an IPv6 one, at sign-in.")
    created_at: AwareDatetime
    last_seen_at: AwareDatetime
    expires_at: AwareDatetime = Field(description="When it ends if it is not used again.")


class SessionsOut(Wire):
    """The person's sessions: the current one first, then by the time they were last seen; 50 at most."""

    items: list[SessionRow]
