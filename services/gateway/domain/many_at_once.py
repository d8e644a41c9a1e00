"""More than 10 seats are added at once only when the request confirms it: it may be a slip of the finger."""

from __future__ import annotations

from contracts.vocabulary import Quantities

MANY = 10


def added(before: Quantities, after: Quantities) -> int:
    """How many seats a change adds, of both types together. Seats that it takes away make up for none of them."""
    return sum(max(0, count - before.of(seat_type)) for seat_type, count in after)


def asks_once_more(seats: int) -> bool:
    """Whether so many added seats need a confirmation."""
    return seats > MANY
