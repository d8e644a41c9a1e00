"""The limits of Auto-Add in words: on the Settings tab, in the panel of the Blocked, and in the activity log."""

from __future__ import annotations

from contracts.amounts import currency_name, money
from contracts.auto_add_limits import AutoAddLimit
from contracts.vocabulary import SeatType
from contracts.wording import counted
from services.gateway.domain.auto_add_limits import Limit, TypeInUse
from services.gateway.domain.limit_last_month import left_out

TITLE = "Auto-Add limits"
INTRO = (
    "At a limit, Auto-Add buys nothing more, and the next clinician who needs a seat is blocked. Every admin gets an"
    " email when 80% of a limit is used, and when it is reached. An empty field limits nothing. What you buy yourself"
    " is not limited."
)
SET = "The limits of Auto-Add are set."
IN_ALL = "Auto-Add stops buying when you have this many seats."
A_MONTH = "It buys at most this many in a calendar month (UTC)."
PRICE_A_MONTH = (
    "What it buys in a calendar month (UTC) adds at most this much to a month's bill, before tax and discounts."
)
FIRST = "Set a limit in the same step:"
FIRST_HINT = "You can change it in Settings. Without a limit, Auto-Add buys a seat for everybody who logs in."
RAISE = "Raise the limit too"


def in_all(seat_type: SeatType) -> str:
    """The label of the limit of seats in all."""
    return f"{seat_type.label} seats in all"


def a_month(seat_type: SeatType) -> str:
    """The label of the limit of seats in a month."""
    return f"{seat_type.label} seats a month"


def price_a_month(seat_type: SeatType, currency: str) -> str:
    """The label of the limit of the price a month."""
    return f"{seat_type.label} seats, {currency_name(currency)} a month"


def last_month(of_type: TypeInUse, seat_type: SeatType) -> str:
    """What Auto-Add bought this month and last month, and what the limit would have left out."""
    bought = of_type.last_month.seats
    so_far = f"This month Auto-Add has bought {counted(of_type.this_month.seats, f'{seat_type.label} seat')}"
    before = f"last month {counted(bought, f'{seat_type.label} seat')}"
    if not bought or of_type.limit == Limit():
        return f"{so_far}, {before}."
    out = left_out(of_type)
    beyond = f"{out:,} of them" if out else "none of them"
    return f"{so_far}, {before}: this limit would have left out {beyond}."


def limits_in_words(base: AutoAddLimit | Limit, voice: AutoAddLimit | Limit, currency: str) -> str:
    """Base up to 25 seats in all and 5 a month, Voice without a limit."""
    return f"{_words(base, SeatType.BASE, currency)}, {_words(voice, SeatType.VOICE, currency)}"


def _words(limit: AutoAddLimit | Limit, seat_type: SeatType, currency: str) -> str:
    parts = []
    if limit.seats is not None:
        parts.append(f"{counted(limit.seats, 'seat')} in all")
    if limit.month_seats is not None:
        parts.append(f"{counted(limit.month_seats, 'seat')} bought a month")
    if limit.month_amount is not None:
        parts.append(f"{money(limit.month_amount, currency)} of new seats a month")
    return f"{seat_type.label} up to {' and '.join(parts)}" if parts else f"{seat_type.label} without a limit"


def raise_to(base: Limit, voice: Limit, currency: str) -> str:
    """What the limits become when they are raised."""
    return f"Auto-Add's limits then are: {limits_in_words(base, voice, currency)}."
