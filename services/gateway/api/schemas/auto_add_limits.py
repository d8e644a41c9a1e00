"""The JSON bodies of Auto-Add's limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from contracts.vocabulary import MOST_SEATS_REQUESTED
from services.gateway.api.schemas.base import Wire
from services.gateway.domain.large_change import LARGEST_AMOUNT

_Seats = Annotated[StrictInt, Field(ge=0, le=MOST_SEATS_REQUESTED)]
_Amount = Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)]


class LimitIn(Wire):
    """The most that Auto-Add may buy of a seat type; null or left out for no limit.

    `seats`: it buys up to so many purchased seats. `monthSeats`: so many in a calendar month in UTC. `monthAmount`: the
    seats that it buys in a calendar month cost at most so much a month, in the smallest unit of the agency's currency,
    at the plan's price before tax and discounts.
    """

    seats: _Seats | None = Field(default=None, examples=[25])
    month_seats: _Seats | None = Field(default=None, examples=[5])
    month_amount: _Amount | None = Field(default=None, examples=[20000])


class AutoAddLimitsIn(Wire):
    """The limits of both seat types; a type that is left out is not limited."""

    base: LimitIn = Field(default_factory=LimitIn)
    voice: LimitIn = Field(default_factory=LimitIn)


class LimitOut(Wire):
    """A seat type's limit: null for no limit."""

    seats: int | None
    month_seats: int | None
    month_amount: int | None


class LimitInUseOut(LimitOut):
    """A seat type's limit, and the seats that Auto-Add bought in this and the last calendar month in UTC.

    `seatAmount`: what a seat costs a month, before tax and discounts. `lastMonthLeftOut`: how many of last month's
    seats the limit would have left out.
    """

    bought_this_month: int
    bought_last_month: int
    last_month_left_out: int
    seat_amount: int | None


class AutoAddLimitsOut(Wire):
    """The limits as they are set."""

    base: LimitOut
    voice: LimitOut


class AutoAddLimitsInUseOut(Wire):
    """The limits with what is used of them. Amounts are in the smallest unit of `currency`."""

    base: LimitInUseOut
    voice: LimitInUseOut
    currency: str
