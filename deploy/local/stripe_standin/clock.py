"""The stand-in's own clock: the wall's time plus what it was advanced by, or standing still where a test wants it."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds since 1970, as Stripe tells time.

    `ahead` is by how many seconds it runs ahead of the wall; `stands_at`, where given, is the second it stands at
    until it is advanced by hand.
    """

    wall: Callable[[], float]
    ahead: int = 0
    stands_at: int | None = None

    def now(self) -> int:
        """Return the current second."""
        return self.stands_at if self.stands_at is not None else math.floor(self.wall()) + self.ahead

    def advance(self, seconds: int) -> None:
        """Move forward by so many seconds."""
        if self.stands_at is not None:
            self.stands_at += seconds
        else:
            self.ahead += seconds

    def stand_still_at(self, second: int) -> None:
        """Stop at a second."""
        self.stands_at = second

    def run(self) -> None:
        """Go on from where it is."""
        if self.stands_at is not None:
            self.ahead = self.stands_at - math.floor(self.wall())
            self.stands_at = None
