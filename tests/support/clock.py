"""The clock that only a test moves, and the `World` (clock, ids, random numbers) that a service gets from it."""

from datetime import UTC, datetime, timedelta
from random import Random

from chassis.clock import World, new_id

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.now += timedelta(seconds=seconds)


def world_of(clock: HandClock, seed: int = 1) -> World:
    """Return a `World` on this clock, with random numbers from `seed`."""
    return World(clock=clock, new_id=new_id, rng=Random(seed))
