"""The volume price of a seat type at its quantity, and the next one: all seats cost the price of their number.

Cents a seat and cycle; the next price is None where none is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import SeatType


@dataclass(frozen=True, slots=True)
class VolumePrice:
    """Each of `quantity` seats costs `unit_amount`; from `next_from` seats on, each costs `next_unit_amount`."""

    seat_type: SeatType
    quantity: int
    unit_amount: int
    next_from: int | None = None
    next_unit_amount: int | None = None

    def cost(self, seats: int) -> int:
        """The price a cycle of so many seats."""
        if self.next_from is None or self.next_unit_amount is None or seats < self.next_from:
            return seats * self.unit_amount
        return seats * self.next_unit_amount
