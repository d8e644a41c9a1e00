"""A large change of money needs a fresh code: one that adds more seats, or charges more today, than the agency's size.

The size is 10 seats or $500 until the agency sets its own. Enlarging the size is itself a step that needs a fresh code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The largest change that needs no fresh code: seats that it adds, and cents that it charges today."""

    seats: int
    amount: int


DEFAULT = Size(seats=10, amount=50_000)
MOST_SEATS = 1_000
MOST_AMOUNT = 5_000_000
"""The most that an agency can set: $50,000 a change. Without a bound the setting would switch the rule off."""


def is_large(*, added: int, due_now: int, size: Size) -> bool:
    """Whether a change that adds so many seats and charges so many cents today is above the size."""
    return added > size.seats or due_now > size.amount


def is_larger(size: Size, than: Size) -> bool:
    """Whether a size lets through a change that the other one holds."""
    return size.seats > than.seats or size.amount > than.amount
