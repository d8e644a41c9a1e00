"""Seats in words: how many there are of each type, and what a change adds and takes away."""

from __future__ import annotations

from contracts.vocabulary import Quantities, SeatType
from contracts.wording import counted, seats_by_type
from services.gateway.domain.seat_meters import Meter


def each_counted(seats: Quantities) -> str:
    """2 Base seats and 1 Voice seat; both types, whatever their count."""
    return " and ".join(counted(count, f"{seat_type.label} seat") for seat_type, count in seats)


def seats_counted(seats: Quantities) -> str:
    """2 Base seats and 1 Voice seat; a type without seats is left out, and "no seat" stands for none at all."""
    return seats_by_type(seats) or "no seat"


def meter(seats: Meter) -> str:
    """5 purchased · 4 active · 1 free; being bought, waiting and not yet invoiced only where there are any."""
    return f"{seats.purchased} purchased · {seats.active} active · {free(seats)}"


def free(seats: Meter) -> str:
    """1 free · 2 waiting: what stands beside a meter that shows "4 of 5" already."""
    more = ((seats.incoming, "being bought"), (seats.waiting, "waiting"), (seats.unsettled, "not yet invoiced"))
    return " · ".join([f"{seats.available} free", *(f"{count} {what}" for count, what in more if count)])


def chart(label: str, purchased: int, active: int) -> str:
    """A chart of a seat type in words, for people who do not see it."""
    return f"{label} seats: {purchased} purchased and {active} Active today. The table below has every change."


def add_and_invite(seat_type: SeatType) -> str:
    """The button that buys the seat that an invitation needs, and then invites."""
    return f"Add a {seat_type.label} seat and invite"
