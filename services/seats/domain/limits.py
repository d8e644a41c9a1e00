"""The limits of Auto-Add as the ledger keeps them, with what Auto-Add has bought this month and what a seat costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from contracts.vocabulary import Quantities, SeatType


class Nearness(IntEnum):
    """How near Auto-Add is to a limit. NEAR: 80 % of it are used. REACHED: it leaves no seat."""

    FAR = 0
    NEAR = 1
    REACHED = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that Auto-Add may buy of a seat type: None for no limit. `month_amount` is in cents a month."""

    seats: int | None = None
    month_seats: int | None = None
    month_amount: int | None = None


@dataclass(frozen=True, slots=True)
class OfType:
    """One seat type: its limit, the seats that Auto-Add bought of it this month, and what the admins were notified of.

    `price` is what a seat costs a month, in cents before tax and discounts; None while it is not known.
    """

    limit: Limit = Limit()
    added: int = 0
    price: int | None = None
    notified: Nearness = Nearness.FAR


@dataclass(frozen=True, slots=True)
class Limits:
    """Both seat types. `month` is the first day of the month of `added`; None before Auto-Add has bought anything."""

    base: OfType = OfType()
    voice: OfType = OfType()
    month: date | None = None
    currency: str = "usd"

    def of(self, seat_type: SeatType) -> OfType:
        """What is known of one seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    def put(self, seat_type: SeatType, of_type: OfType) -> Limits:
        """These limits with another value of one seat type."""
        return replace(self, base=of_type) if seat_type is SeatType.BASE else replace(self, voice=of_type)

    def with_added(self, bought: Quantities) -> Limits:
        """These limits after a purchase of Auto-Add."""
        limits = self
        for seat_type, count in bought:
            of_type = limits.of(seat_type)
            limits = limits.put(seat_type, replace(of_type, added=of_type.added + count))
        return limits


NO_LIMITS = Limits()
"""Nothing is limited, and Auto-Add has bought nothing yet."""
