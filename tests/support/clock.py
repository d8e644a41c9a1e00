"""A clock that only a test moves, and the world it belongs to."""

from datetime import UTC, datetime, timedelta
from random import Random

from chassis.clock import World, new_id

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class HandClock:
    """Stands still until moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.now += timedelta(seconds=seconds)


def world_of(clock: HandClock, seed: int = 1) -> World:
    """A world on this clock, its chance from a seed."""
    return World(clock=clock, new_id=new_id, rng=Random(seed))
