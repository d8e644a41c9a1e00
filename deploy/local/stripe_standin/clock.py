"""The stand-in's own clock: real time plus an offset, or stopped at a second that a test sets."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Clock:
    """The current time in seconds since 1970, as Stripe writes times.

    `ahead` is the offset to real time, in seconds. `stands_at` is the second at which the clock is stopped, if it is.
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
        """Let a stopped clock run on from its second."""
        if self.stands_at is not None:
            self.ahead = self.stands_at - math.floor(self.wall())
            self.stands_at = None
