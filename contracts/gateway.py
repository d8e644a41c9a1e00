"""Messages of the gateway: the events about sign-in and API keys, which the gateway owns."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.message import AgencyParked, Event, PersonalText, Text
from contracts.vocabulary import KeyScope


class SignedIn(Event, type="gateway.signed_in.v1"):
    """A member signed in, and a session began.

    `new_browser`: an Active member signed in with a browser or app that had not signed in to the address before.
    `device` is its name for people, `network` the network's address.
    """

    member_id: UUID
    at: AwareDatetime
    new_browser: bool = False
    device: PersonalText | None = None
    network: PersonalText | None = None


class CodesLimited(Event, type="gateway.codes_limited.v1"):
    """Codes of unknown browsers stop after ten wrong ones; links work. `scope`: an address, or all first logins."""

    scope: Literal["address", "first_logins"]
    member_id: UUID | None = None


class ApiKeyCreated(Event, type="gateway.api_key_created.v1"):
    """An admin created an API key. The secret was shown once and is stored only as a hash.

    No `scopes` and no `expires_at`: the key is from before keys had them, and opened everything without an end.
    """

    key_id: UUID
    name: Text
    scopes: tuple[KeyScope, ...] = Field(default=(), max_length=len(KeyScope))
    expires_at: AwareDatetime | None = None


class ApiKeyRevoked(Event, type="gateway.api_key_revoked.v1"):
    """An API key was revoked, and no longer signs in."""

    key_id: UUID
    name: Text


class GatewayAgencyParked(AgencyParked, type="gateway.agency_parked.v1"):
    """The gateway could not handle a message, and holds back the agency's later ones."""
