"""The JSON bodies about the use of seats: reported by programs, and the idle ones."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool, model_validator

from contracts.gateway import MOST_USES
from services.gateway.api.schemas.base import EXAMPLE_ID, Email, Money, Wire


class UseIn(Wire):
    """A use of a seat: by a member's id or email address, at a time (now, if it is left out)."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("id", "email")]
        }
    )

    id: UUID | None = Field(default=None, examples=[EXAMPLE_ID])
    email: Email | None = None
    at: AwareDatetime | None = None

    @model_validator(mode="after")
    def either(self) -> Self:
        """Reject a use of nobody, and one with two names for the member."""
        if (self.id is None) is (self.email is None):
            raise ValueError("give either id or email")
        return self


class UsageIn(Wire):
    """Members who used their seats."""

    members: Annotated[list[UseIn], Field(min_length=1, max_length=MOST_USES)]


class UsageOut(Wire):
    """What became of the report.

    `recorded` uses changed when a member was last seen; the others came within a day of the last one. `unknown` are the
    places in the request, from 0, of people who are no members of the agency.
    """

    recorded: int
    unknown: list[int]


class IdleSeatsOut(Wire):
    """The seats whose holders have not been seen for `days`, and what they cost a month at today's prices.

    `monthly` is null while Stripe's prices are not known. `GET /members?notSeenFor=` lists the holders.
    """

    days: int
    base: int
    voice: int
    monthly: Money | None


class IdleOut(Wire):
    """The idle seats for each number of days. A seat that is idle for 60 days is also idle for 30."""

    periods: list[IdleSeatsOut]


class IdleMailIn(Wire):
    """Whether you want the monthly mail about idle seats."""

    enabled: StrictBool = Field(examples=[True])


class IdleMailOut(Wire):
    """Whether you get the monthly mail about idle seats."""

    enabled: bool
