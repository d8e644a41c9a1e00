"""How far the numbers of a service that lost its schema go, by what can be believed.

What a subscriber has handled counts. A command counts because of its MAC. An event has none, so its number counts only
if it follows another that counts, as a subscriber would handle it: a forged high number on a topic moves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

Place = tuple[UUID, str]
"""An agency and a topic."""
Numbers = dict[Place, int]
"""By agency and topic, the highest number that a sender gave."""
MOST_CLAIMS = 10_000
"""Numbers of a place that may wait for the one before them."""


class KnownNumbers:
    """The highest numbers of one sender."""

    def __init__(self) -> None:
        self._highest: Numbers = {}
        self._claimed: dict[Place, set[int]] = defaultdict(set)

    def know(self, place: Place, number: int) -> None:
        """Count a number that its sender has certainly given."""
        if number > self._highest.get(place, 0):
            self._highest[place] = number

    def claim(self, place: Place, number: int) -> None:
        """Count a number that anybody could have written, once it follows another that counts."""
        if number == self._highest.get(place, 0) + 1:
            self._highest[place] = number
        elif len(claimed := self._claimed[place]) < MOST_CLAIMS:
            claimed.add(number)

    def highest(self) -> Numbers:
        """The highest number of each place."""
        for place, claimed in self._claimed.items():
            while (following := self._highest.get(place, 0) + 1) in claimed:
                self._highest[place] = following
        return dict(self._highest)

    def unbelieved(self) -> int:
        """How many numbers follow none that counts."""
        highest = self.highest()
        return sum(number > highest.get(place, 0) for place, claimed in self._claimed.items() for number in claimed)
