"""Seats on the gateway's pages: what a change adds and takes away, increases first, and how many there are."""

from __future__ import annotations

from contracts.vocabulary import Quantities
from contracts.wording import counted, seats_by_type


def seat_change(before: Quantities, after: Quantities) -> str:
    """+2 Voice seats, -1 Base seat. Empty when nothing changes."""
    by = [(seat_type, after.of(seat_type) - count) for seat_type, count in before]
    grown = [f"+{counted(more, f'{seat_type.label} seat')}" for seat_type, more in by if more > 0]
    shrunk = [f"-{counted(-more, f'{seat_type.label} seat')}" for seat_type, more in by if more < 0]
    return ", ".join(grown + shrunk)


def seats_counted(seats: Quantities) -> str:
    """2 Base seats and 1 Voice seat; only the types of which there are any, and "no seat" when there are none."""
    return seats_by_type(seats) or "no seat"
