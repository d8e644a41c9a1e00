"""What lies ahead as a JSON body."""

from __future__ import annotations

from typing import assert_never

from contracts.vocabulary import SeatType
from services.gateway.api.schemas.base import Money
from services.gateway.api.schemas.outlook import (
    ForecastOut,
    ForecastsOut,
    NearTierOut,
    NextInvoiceOut,
    OutlookOut,
    YearOut,
)
from services.gateway.application.looking_ahead import Outlook
from services.gateway.domain.near_tier import NearTier
from services.gateway.domain.seat_forecast import Forecast, Full, FullIn, NotEnoughHistory, NotInSight
from services.gateway.texts import outlook as texts


def outlook_out(outlook: Outlook) -> OutlookOut:
    """The outlook with its sentences."""
    upcoming, at, year = outlook.next_invoice, outlook.next_at, outlook.year
    return OutlookOut(
        forecasts=ForecastsOut(
            base=_forecast(SeatType.BASE, outlook.forecasts[SeatType.BASE]),
            voice=_forecast(SeatType.VOICE, outlook.forecasts[SeatType.VOICE]),
        ),
        next_invoice=None
        if upcoming is None or at is None
        else NextInvoiceOut(at=at, total=Money(amount=upcoming.total, currency=outlook.currency)),
        year=None
        if year is None
        else YearOut(
            as_it_is=Money(amount=year.as_it_is, currency=outlook.currency),
            at_this_pace=Money(amount=year.at_this_pace, currency=outlook.currency),
        ),
        near_tiers=[_tier(tier, outlook) for tier in outlook.tiers],
    )


def _forecast(seat_type: SeatType, ahead: Forecast) -> ForecastOut:
    sentence = texts.forecast(seat_type, ahead)
    match ahead:
        case FullIn(weeks, soonest, latest):
            return ForecastOut(state="full_in", weeks=weeks, soonest=soonest, latest=latest, sentence=sentence)
        case Full():
            return ForecastOut(state="full", weeks=None, soonest=None, latest=None, sentence=sentence)
        case NotInSight():
            return ForecastOut(state="not_in_sight", weeks=None, soonest=None, latest=None, sentence=sentence)
        case NotEnoughHistory():
            return ForecastOut(state="not_enough_history", weeks=None, soonest=None, latest=None, sentence=sentence)
        case never:
            assert_never(never)


def _tier(near: NearTier, outlook: Outlook) -> NearTierOut:
    return NearTierOut(
        seat_type=near.seat_type,
        more=near.more,
        seats=near.seats,
        unit_amount=Money(amount=near.unit_amount, currency=outlook.currency),
        saves=Money(amount=near.saves, currency=outlook.currency),
        sentence=texts.tier(near, outlook.cycle, outlook.currency),
    )
