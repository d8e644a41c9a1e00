"""The JSON bodies of a dry run of first logins."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, model_validator

from contracts.seats_simulations import MOST_SIMULATED, LoginResult
from contracts.vocabulary import BlockedReason, SeatType
from services.gateway.api.schemas.base import Email, Wire
from services.gateway.api.schemas.billing import QuoteOut
from services.gateway.api.schemas.invitation_lists import addressed_once
from services.gateway.api.schemas.seats import SeatPair
from services.gateway.domain.who_logs_in import Entrance


class DryRunPersonIn(Wire):
    """A person by address. The seat type is for somebody new; a member has picked theirs."""

    email: Email
    seat_type: SeatType = SeatType.VOICE


class DryRunIn(Wire):
    """The people who would log in, in this order; or all Pending logins (`pending`)."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["people"]}, {"required": ["pending"]}]})

    people: Annotated[
        list[DryRunPersonIn], Field(min_length=1, max_length=MOST_SIMULATED), AfterValidator(addressed_once)
    ] = Field(default_factory=list, validate_default=False)
    pending: StrictBool = Field(default=False, examples=[False])

    @model_validator(mode="after")
    def either(self) -> Self:
        """Reject a body with people and the Pending logins, and one with neither."""
        if bool(self.people) is self.pending:
            raise ValueError("give either people, or pending as true")
        return self


class ForeseenOut(Wire):
    """What would become of a person. `result` is null where a login of theirs needs no seat: `entrance` says why."""

    email: str = Field(examples=["noor@harbor.example"])
    name: str | None = Field(examples=["Noor Haddad"])
    seat_type: SeatType
    entrance: Entrance
    result: LoginResult | None
    reason: BlockedReason | None = Field(description="Why they would be Blocked.")
    sentence: str


class NoPriceOut(Wire):
    """Why nothing can be priced now."""

    code: str = Field(examples=["payment_pending"])
    detail: str


class DryRunOut(Wire):
    """What would become of all of them if they logged in now. Nothing has changed.

    `before` and `after` are the purchased seats, without and with those that Auto-Add would buy; it would buy for the
    `waiting` too, who stand in line already. `quote` is the price of that; null where nothing would be bought, or where
    `noPrice` says why there is none.
    """

    people: list[ForeseenOut]
    active: int
    bought_for: int
    blocked: int
    before: SeatPair
    after: SeatPair
    waiting: SeatPair
    quote: QuoteOut | None
    no_price: NoPriceOut | None
