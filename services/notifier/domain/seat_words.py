"""Seats in words: how many of which type were added, and how many there are now."""

from __future__ import annotations

from contracts.vocabulary import Quantities


def counted(count: int, one: str) -> str:
    """1 seat, 2 seats; 1,000 seats."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def seats_added(before: Quantities, after: Quantities) -> str:
    """1 Voice seat; 2 Base seats and 1 Voice seat. Only what grew."""
    grown = [(seat_type, after.of(seat_type) - count) for seat_type, count in before]
    return " and ".join(counted(count, f"{seat_type.label} seat") for seat_type, count in grown if count > 0)


def seats_counted(seats: Quantities) -> str:
    """1 Voice seat; 2 Base seats and 1 Voice seat. Only what there is; of none: seats."""
    return seats_added(Quantities(), seats) or "seats"


def seats_now(seats: Quantities) -> str:
    """5 Base and 8 Voice."""
    return " and ".join(f"{count:,} {seat_type.label}" for seat_type, count in seats)
