"""Seats in words: what a change adds and takes away, increases first, and how many there are of each type."""

from __future__ import annotations

from contracts.vocabulary import Quantities


def counted(count: int, one: str) -> str:
    """1 Voice seat, 2 Voice seats; 1,000 Voice seats."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def seat_change(before: Quantities, after: Quantities) -> str:
    """+2 Voice seats, -1 Base seat. Empty when nothing changes."""
    by = [(seat_type, after.of(seat_type) - count) for seat_type, count in before]
    grown = [f"+{counted(more, f'{seat_type.label} seat')}" for seat_type, more in by if more > 0]
    shrunk = [f"-{counted(-more, f'{seat_type.label} seat')}" for seat_type, more in by if more < 0]
    return ", ".join(grown + shrunk)


def seats_counted(seats: Quantities) -> str:
    """2 Base seats and 1 Voice seat; only the types of which there are any, and "no seat" when there are none."""
    some = [counted(count, f"{seat_type.label} seat") for seat_type, count in seats if count > 0]
    return " and ".join(some) or "no seat"


def both_types(seats: Quantities) -> str:
    """5 Base and 8 Voice; both types, whatever their count."""
    return " and ".join(f"{count:,} {seat_type.label}" for seat_type, count in seats)
