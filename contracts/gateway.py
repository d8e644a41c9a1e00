"""Messages of the gateway: the events about sign-in and API keys, which the gateway owns."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, NonNegativeInt

from contracts.message import AgencyParked, Count, Event, Payload, PersonalText, Seats, Text
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


MOST_USES = 500
"""Members of whom one event says when they last used their seat."""


class Use(Payload):
    """The last time that a member used the seat."""

    member_id: UUID
    at: AwareDatetime


class UseRecorded(Event, type="gateway.use_recorded.v1"):
    """Members used their seats, each for the first time within a day: in a session, or as a program reported it."""

    uses: tuple[Use, ...] = Field(min_length=1, max_length=MOST_USES)


class Reminded(Event, type="gateway.reminded.v1"):
    """An admin reminded an Active member of the seat. The member had not been seen since `last_seen_at`."""

    member_id: UUID
    last_seen_at: AwareDatetime


class IdleMailSet(Event, type="gateway.idle_mail_set.v1"):
    """An admin switched the own monthly mail about idle seats on or off."""

    member_id: UUID
    enabled: bool


MOST_MAILED = 100
"""Admins of an agency to whom the monthly mail about idle seats goes."""


class IdleSeatsCounted(Event, type="gateway.idle_seats_counted.v1"):
    """The idle seats of an agency as a month began, with their cost a month, for the admins who want the mail.

    `monthly` is in the smallest unit of `currency`; None: a price was not known.
    """

    days: Count
    seats: Seats
    monthly: NonNegativeInt | None = None
    currency: Text = "usd"
    admin_ids: tuple[UUID, ...] = Field(max_length=MOST_MAILED)


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
