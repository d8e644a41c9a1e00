"""The JSON bodies of letting Blocked members in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from contracts.seats_purchases import MOST_LET_IN
from services.gateway.api.schemas.base import EXAMPLE_ID, Money, Wire
from services.gateway.api.schemas.billing import AdjustIn, PaidInvoice
from services.gateway.api.schemas.members import named_once
from services.gateway.api.schemas.seats import SeatPair


class LetInIn(AdjustIn):
    """The Blocked members to let in, and the counts that give each of them a seat, at the price of a quote of these."""

    ids: Annotated[
        list[UUID],
        Field(min_length=1, max_length=MOST_LET_IN, json_schema_extra={"uniqueItems": True}),
        AfterValidator(named_once),
    ] = Field(examples=[[EXAMPLE_ID]])


class LetInOut(Wire):
    """How many are Active now, what the card paid today, the new total a cycle, and the invoice.

    `leftOut` are those who stay Blocked although the seats are bought: somebody changed the seats at Stripe meanwhile.
    """

    let_in: int
    left_out: int
    before: SeatPair
    after: SeatPair
    charged: Money
    new_total: Money
    invoice: PaidInvoice | None
