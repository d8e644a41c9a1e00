"""What the gateway says of its own: sign-in is its business, so these are its facts."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.message import Fact


class SignedIn(Fact, type="gateway.signed_in.v1"):
    """A session began."""

    member_id: UUID
    at: AwareDatetime


class CodesLimited(Fact, type="gateway.codes_limited.v1"):
    """Ten wrong codes in a day: codes stop, one-click links go on. For one address, or for all first logins."""

    scope: Literal["address", "first_logins"]
    member_id: UUID | None = None
