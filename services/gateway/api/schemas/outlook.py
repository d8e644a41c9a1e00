"""The JSON body of what lies ahead."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.vocabulary import SeatType
from services.gateway.api.schemas.base import Money, Wire


class ForecastOut(Wire):
    """When the seats of a type are full. Weeks come with `full_in`; `latest` is null where no end is in sight."""

    state: Literal["full_in", "full", "not_in_sight", "not_enough_history"]
    weeks: int | None = Field(examples=[6])
    soonest: int | None = Field(examples=[4])
    latest: int | None = Field(examples=[11])
    sentence: str = Field(examples=["Voice seats: full in 6 weeks, between 4 and 11 weeks."])


class ForecastsOut(Wire):
    """The forecast of each seat type."""

    base: ForecastOut
    voice: ForecastOut


class NextInvoiceOut(Wire):
    """The next regular invoice, after what is left of the account's credit."""

    at: AwareDatetime
    total: Money


class YearOut(Wire):
    """The cost of the next twelve months, with the seats as they are and at the pace of the last 90 days."""

    as_it_is: Money
    at_this_pace: Money


class NearTierOut(Wire):
    """The volume price of a seat type that is near: with `more` seats, `seats` in all cost `saves` less a cycle."""

    seat_type: SeatType
    more: int
    seats: int
    unit_amount: Money
    saves: Money
    sentence: str


class OutlookOut(Wire):
    """What lies ahead at the pace of the last 90 days. An estimate; null where it is not known."""

    forecasts: ForecastsOut
    next_invoice: NextInvoiceOut | None
    year: YearOut | None
    near_tiers: list[NearTierOut]
