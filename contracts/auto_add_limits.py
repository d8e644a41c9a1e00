"""Messages of the seats service about the limits of Auto-Add: the most that it may buy of each seat type."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeInt

from contracts.message import Command, Count, Event, Payload, Text
from contracts.vocabulary import MOST_SEATS_REQUESTED, AutoAddMeasure, SeatType

MostSeats = Annotated[int, Field(ge=0, le=MOST_SEATS_REQUESTED)]


class AutoAddLimit(Payload):
    """The most that Auto-Add may buy of one seat type; None for no limit.

    `seats`: it buys up to so many purchased seats. `month_seats`: so many in a calendar month in UTC. `month_amount`:
    the seats that it buys in a calendar month cost at most so much a month, at the plan's price before tax and
    discounts.
    """

    seats: MostSeats | None = None
    month_seats: MostSeats | None = None
    month_amount: NonNegativeInt | None = None


class SetAutoAddLimits(Command, type="seats.set_auto_add_limits.v1", outcomes=("seats.auto_add_limits_set.v1",)):
    """Limit what Auto-Add buys. What an admin buys is not limited. `currency` is the one of the amounts."""

    base: AutoAddLimit = AutoAddLimit()
    voice: AutoAddLimit = AutoAddLimit()
    currency: Text = "usd"


class AutoAddLimitsSet(Event, type="seats.auto_add_limits_set.v1"):
    """Auto-Add buys within these limits from now on. A purchase that is under way is not cut.

    `*_before` are the limits until now; both are equal if the command changed nothing.
    """

    base: AutoAddLimit = AutoAddLimit()
    voice: AutoAddLimit = AutoAddLimit()
    base_before: AutoAddLimit = AutoAddLimit()
    voice_before: AutoAddLimit = AutoAddLimit()
    currency: Text = "usd"


class AutoAddLimitNear(Event, type="seats.auto_add_limit_near.v1"):
    """Auto-Add has used 80 % of a limit, or (`reached`) the limit leaves no seat. Published once each time.

    `used` and `limit` are of that `measure`: seats, or an amount in the smallest unit of `currency`.
    """

    seat_type: SeatType
    measure: AutoAddMeasure
    used: Count
    limit: Count
    reached: bool = False
    currency: Text = "usd"
