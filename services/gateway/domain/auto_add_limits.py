"""What Auto-Add's limits are, and what it has bought: the values of the rules about them."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import SeatType


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that Auto-Add may buy of a seat type: None for no limit. `month_amount` is in cents a month."""

    seats: int | None = None
    month_seats: int | None = None
    month_amount: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of both seat types."""

    base: Limit = Limit()
    voice: Limit = Limit()

    def of(self, seat_type: SeatType) -> Limit:
        """The limit of one seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    @property
    def is_set(self) -> bool:
        """Whether anything is limited."""
        return self != Limits()


@dataclass(frozen=True, slots=True)
class Bought:
    """What Auto-Add bought of a seat type in a month: so many seats, and the purchased seats after the last of them."""

    seats: int = 0
    purchased: int = 0


@dataclass(frozen=True, slots=True)
class TypeInUse:
    """One seat type: its limit, what Auto-Add bought this month and last month, and a seat's price a month.

    `price` is in cents, before tax and discounts; None while it is not known.
    """

    limit: Limit
    this_month: Bought = Bought()
    last_month: Bought = Bought()
    price: int | None = None
