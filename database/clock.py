"""The time at Postgres, for a process whose machine may have another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger(__name__)

TOLERATED = timedelta(seconds=1)
"""How far a machine's clock may be off, and how long an answer may take to say something about it."""


class DatabaseClock:
    """The time at Postgres: all processes agree on leases, tasks and codes, however a machine's own clock is set.

    It is the machine's time until that is found to be more than a second off.
    """

    def __init__(self, machine: Callable[[], datetime]) -> None:
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
        if after - before < TOLERATED and abs(ahead - self.ahead) > TOLERATED:
            self.ahead = ahead
            log.warning("process.clock_differs", seconds=round(ahead.total_seconds(), 1))
