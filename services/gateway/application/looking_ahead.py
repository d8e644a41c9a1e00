"""What lies ahead of an agency at its own pace: full seats, the next invoice, the year's cost, a near volume price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import BillingCycle, SeatType
from services.gateway.application.reading import Reading
from services.gateway.domain.near_tier import NearTier, near_tier
from services.gateway.domain.receipt import NextInvoice, next_invoice
from services.gateway.domain.seat_forecast import DAYS, Forecast, pace, seat_forecast
from services.gateway.domain.volume_price import VolumePrice
from services.gateway.domain.year_cost import YearCost, year_cost


@dataclass(frozen=True, slots=True)
class Outlook:
    """The outlook. What is not known is None: no history, no price yet, or a subscription that ends."""

    forecasts: Mapping[SeatType, Forecast]
    next_invoice: NextInvoice | None
    next_at: datetime | None
    year: YearCost | None
    tiers: tuple[NearTier, ...]
    cycle: BillingCycle
    currency: str


async def outlook(reading: Reading, agency_id: UUID) -> Outlook:
    """The outlook of an agency, from the last 90 days and the plan of now."""
    days = await reading.seat_history(agency_id, DAYS)
    plan = await reading.plan(agency_id)
    prices = {
        price.seat_type: VolumePrice(
            price.seat_type, price.quantity, price.unit_amount, price.next_from, price.next_unit_amount
        )
        for price in plan.prices
    }
    paces = {seat_type: gained for seat_type in SeatType if (gained := pace(days, seat_type)) is not None}
    goes_on = plan.total is not None and plan.ends_at is None
    year = None
    if plan.total is not None and goes_on and paces.keys() >= prices.keys():
        year = year_cost(plan.total, plan.cycle, prices, (days[-1].purchased, days[-1].active), paces)
    known = plan.total is not None and goes_on and plan.renews_at is not None
    return Outlook(
        forecasts={seat_type: seat_forecast(days, seat_type) for seat_type in SeatType},
        next_invoice=next_invoice(plan.total, plan.balance or 0) if known and plan.total is not None else None,
        next_at=plan.renews_at if known else None,
        year=year,
        tiers=tuple(tier for price in prices.values() if (tier := near_tier(price)) is not None),
        cycle=plan.cycle,
        currency=plan.currency,
    )
