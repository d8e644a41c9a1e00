"""Time and ids come from here, so that a test moves them by hand and a simulation draws them from a seed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import structlog
import uuid_utils.compat

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
"""The time now, aware, UTC."""
NewId = Callable[[], UUID]
"""A fresh UUIDv7."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A fresh UUIDv7: sorts by time, so an index on it stays dense."""
    return uuid_utils.compat.uuid7()


class DatabaseClock:
    """The time at Postgres: all processes agree on leases, tasks and codes, however a machine's own clock is set.

    It is the machine's time until that is found to be more than a second off.
    """

    def __init__(self, machine: Clock = utc_now) -> None:
        self._machine = machine
        self.ahead = timedelta()
        """By how much the machine's clock is ahead of Postgres's."""

    def __call__(self) -> datetime:
        """The time now."""
        return self._machine() - self.ahead

    async def compare(self, ask: Callable[[], Awaitable[datetime]]) -> None:
        """Have Postgres's time read, and follow it. An answer that took long says too little."""
        before = self._machine()
        there = await ask()
        after = self._machine()
        ahead = before + (after - before) / 2 - there
        if after - before < _TOLERATED and abs(ahead - self.ahead) > _TOLERATED:
            self.ahead = ahead
            log.warning("process.clock_differs", seconds=round(ahead.total_seconds(), 1))


_TOLERATED = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class World:
    """Where a service gets its time, its ids and its chance from."""

    clock: Clock = utc_now
    new_id: NewId = new_id
    rng: Random = field(default_factory=Random)
