"""The available seats are the purchased ones less the Active members, never below zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_FIFTH = 5


class Fullness(StrEnum):
    """How near a seat type is to full, for the color of its meter."""

    ROOM = "room"
    NEAR = "near"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Meter:
    """One seat type's counts: purchased, held, incoming, first logins that wait, and seats whose invoice is to come.

    `invited` people hold no seat, but each of them was promised one.
    """

    purchased: int
    active: int
    incoming: int
    waiting: int
    unsettled: int = 0
    invited: int = 0

    @property
    def available(self) -> int:
        """The seats that a first login could take. A change made at Stripe can leave more Active than purchased."""
        return max(0, self.purchased - self.active)

    @property
    def fullness(self) -> Fullness:
        """Full when no seat is free, near when at most a fifth is."""
        if not self.available:
            return Fullness.FULL
        return Fullness.NEAR if self.available * _FIFTH <= self.purchased else Fullness.ROOM
