"""The cost of the next twelve months: with the seats as they are, and with the seats that this pace would need.

Each month needs the seats that are purchased now, or those for everybody who is Active by then, at the volume price of
their number as far as it is known. What is not seats, a discount and a tax stay as they are. Cents; an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.gateway.domain.volume_price import VolumePrice

_MONTHS = 12
_WEEKS_A_MONTH = Fraction(52, 12)


@dataclass(frozen=True, slots=True)
class YearCost:
    """Cents in twelve months: `as_it_is` if nothing changes, `at_this_pace` if the seats grow as they did."""

    as_it_is: int
    at_this_pace: int


def year_cost(
    total: int,
    cycle: BillingCycle,
    prices: Mapping[SeatType, VolumePrice],
    seats: tuple[Quantities, Quantities],
    paces: Mapping[SeatType, Fraction],
) -> YearCost:
    """The year's cost of a plan of this total a cycle. `seats` are those purchased and those Active now."""
    purchased, active = seats
    cycles = _MONTHS if cycle is BillingCycle.MONTHLY else 1
    more = 0
    for seat_type, price in prices.items():
        for month in range(1, _MONTHS + 1):
            grown = active.of(seat_type) + ceil(max(Fraction(0), paces[seat_type]) * month * _WEEKS_A_MONTH)
            needed = max(purchased.of(seat_type), grown)
            more += price.cost(needed) - price.cost(purchased.of(seat_type))
    a_month = Fraction(cycles, _MONTHS)
    return YearCost(total * cycles, total * cycles + round(more * a_month))
