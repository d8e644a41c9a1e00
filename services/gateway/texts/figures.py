"""Reading the figures of a rejection: a figure that is missing, or is of another kind, counts as None."""

from __future__ import annotations

from contracts.rejection_base import FiguresJson

_MINUTE = 60
_MINUTES_OF_HOUR = 60
_LONGEST_IN_MINUTES = 90


def count_of(figures: FiguresJson, name: str) -> int | None:
    """A figure that is a number; None when there is none of that name."""
    count = figures.get(name)
    return count if isinstance(count, int) else None


def seat_of(figures: FiguresJson, name: str = "seat_type") -> str | None:
    """The label of a seat type, like Voice; None when there is none of that name."""
    seat = figures.get(name)
    return seat.capitalize() if isinstance(seat, str) else None


def minutes_of(figures: FiguresJson, name: str) -> str | None:
    """A figure in seconds, rounded up: "a minute", "5 minutes", "3 hours". None when there is none of that name."""
    seconds = count_of(figures, name)
    if seconds is None:
        return None
    minutes = -(-seconds // _MINUTE)
    if minutes > _LONGEST_IN_MINUTES:
        return f"{-(-minutes // _MINUTES_OF_HOUR)} hours"
    return "a minute" if minutes <= 1 else f"{minutes} minutes"
