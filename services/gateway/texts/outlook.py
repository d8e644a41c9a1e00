"""Sentences about what lies ahead: when the seats of a type are full, and what a near volume price saves."""

from __future__ import annotations

from typing import assert_never

from contracts.amounts import money, money_per_cycle
from contracts.vocabulary import BillingCycle, SeatType
from services.gateway.domain.near_tier import NearTier
from services.gateway.domain.seat_forecast import Forecast, Full, FullIn, NotEnoughHistory, NotInSight
from services.gateway.domain.year_cost import YearCost

TITLE = "Look ahead"
HOW = "At the pace of the last 90 days, with today's prices. An estimate: nothing is bought because of it."


def forecast(seat_type: SeatType, ahead: Forecast) -> str:
    """When the seats of a type are full."""
    seats = f"{seat_type.label} seats"
    match ahead:
        case NotEnoughHistory():
            return f"{seats}: not enough history. Four weeks are needed."
        case Full():
            return f"{seats}: all are taken."
        case NotInSight():
            return f"{seats}: not full within two years at this pace."
        case FullIn():
            return f"{seats}: full in {_weeks(ahead.weeks)}{_band(ahead)}."
        case never:
            assert_never(never)


def _weeks(count: int) -> str:
    return "a week" if count == 1 else f"{count} weeks"


def _band(ahead: FullIn) -> str:
    """The span between the fastest and the slowest four weeks; nothing where both say the same."""
    if ahead.latest is None:
        return f", in {_weeks(ahead.soonest)} at the soonest" if ahead.soonest < ahead.weeks else ""
    return "" if ahead.soonest == ahead.latest else f", between {ahead.soonest} and {_weeks(ahead.latest)}"


def tier(near: NearTier, cycle: BillingCycle, currency: str) -> str:
    """What it takes to reach a volume price, and what it saves."""
    more = f"{near.more} more {near.seat_type.label} seat{'' if near.more == 1 else 's'}"
    price, before = money(near.unit_amount, currency), money(near.unit_before, currency)
    saves = money_per_cycle(near.saves, cycle, currency)
    return f"With {more}, each costs {price} instead of {before}, which saves {saves} on {near.seats} seats."


def year(cost: YearCost, currency: str) -> str:
    """The cost of the next twelve months."""
    as_it_is = f"{money(cost.as_it_is, currency)} in the next 12 months with the seats as they are"
    if cost.at_this_pace == cost.as_it_is:
        return f"{as_it_is}, and at this pace too."
    return f"{as_it_is}, about {money(cost.at_this_pace, currency)} at this pace."
