"""A seat is idle when its Active holder has not been seen for 30, 60 or 90 days. Nobody is removed because of it.

A seat costs a month the price of a monthly cycle, or a twelfth of a year's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from contracts.vocabulary import BillingCycle, Quantities, SeatType

_MONTHS = 12


class IdleDays(IntEnum):
    """The days that people may choose from."""

    THIRTY = 30
    SIXTY = 60
    NINETY = 90


@dataclass(frozen=True, slots=True)
class IdleSeats:
    """The seats whose holders have not been seen for `days`. `monthly` is cents; None while a price is not known."""

    days: int
    seats: Quantities
    monthly: int | None

    @property
    def total(self) -> int:
        """How many people hold an idle seat."""
        return self.seats.base + self.seats.voice


def idle_since(days: int, now: datetime) -> datetime:
    """A holder who was last seen before this moment holds an idle seat."""
    return now - timedelta(days=days)


def idle_seats(days: int, seats: Quantities, prices: Mapping[SeatType, int], cycle: BillingCycle) -> IdleSeats:
    """The idle seats with their cost a month. `prices` are cents a seat and cycle."""
    if any(seats.of(seat_type) and seat_type not in prices for seat_type in SeatType):
        return IdleSeats(days, seats, None)
    cost = sum(seats.of(seat_type) * prices.get(seat_type, 0) for seat_type in SeatType)
    return IdleSeats(days, seats, cost if cycle is BillingCycle.MONTHLY else (cost + _MONTHS // 2) // _MONTHS)
