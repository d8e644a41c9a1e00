"""What the gateway says of its own: sign-in is its business, so these are its events."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.message import Event, Text


class SignedIn(Event, type="gateway.signed_in.v1"):
    """A session began."""

    member_id: UUID
    at: AwareDatetime


class CodesLimited(Event, type="gateway.codes_limited.v1"):
    """Ten wrong codes in a day: codes stop, one-click links go on. For one address, or for all first logins."""

    scope: Literal["address", "first_logins"]
    member_id: UUID | None = None


class ApiKeyCreated(Event, type="gateway.api_key_created.v1"):
    """An admin made an API key; the secret was shown once and is nowhere in the clear."""

    key_id: UUID
    name: Text


class ApiKeyRevoked(Event, type="gateway.api_key_revoked.v1"):
    """An API key opens nothing any more."""

    key_id: UUID
    name: Text
