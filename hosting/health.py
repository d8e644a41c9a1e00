"""Whether a process lives, is ready, and is degraded: three questions with different consequences.

A process that does not live is restarted, so that only what a restart mends counts. A process that is not ready gets no
requests. One that serves people stays ready while the bus is away, because it can still be read from: it is degraded.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from chassis.clock import Clock, utc_now
from chassis.relay import STALLED_SECONDS, Relay
from database.clock import DatabaseClock
from database.postgres import Pool, connection, is_transient
from telemetry.metrics import CLOCK_AHEAD, DEGRADED
from transport.subscription import Subscription

STUCK_SECONDS = 60.0
"""A consumer that has not moved for so long, though there are records, is stuck: the process is worth a restart."""
_POSTGRES_SECONDS = 2.0
_WATCH_SECONDS = 1.0
"""How often the process looks whether Postgres takes writes: a demoted server is noticed before people notice it."""

_STARTING_OR_STOPPING = "The process is starting or stopping."
_POSTGRES_AWAY = "Postgres does not answer, or takes no writes."
_NOT_ASSIGNED = "No Kafka partition is assigned."
_UNREADABLE = "Partition {} of {} cannot be read at present."
_STALLED = "Kafka acknowledges nothing."


@dataclass(slots=True)
class Health:
    """The state that the probes of one process read. `pool` and `subscription` are None until they are there."""

    relay: Relay
    serves_people: bool = False
    started: bool = False
    pool: Pool | None = None
    takes_writes: bool = True
    """Whether Postgres took writes when `watch` last looked."""
    subscription: Subscription | None = None
    clock: Clock = utc_now
    """Follows Postgres's if it can."""

    def __post_init__(self) -> None:
        DEGRADED.set_function(lambda: bool(self.degraded()))
        if isinstance(clock := self.clock, DatabaseClock):
            CLOCK_AHEAD.set_function(lambda: clock.ahead / timedelta(seconds=1))

    async def watch(self) -> None:
        """Look every second, until cancelled, whether Postgres takes writes. A pool of a demoted server is renewed."""
        while True:
            await self.look()
            await asyncio.sleep(_WATCH_SECONDS)

    async def look(self) -> None:
        """Look whether Postgres takes writes, and what its time is."""
        self.takes_writes = await self._postgres_answers()

    async def not_alive(self) -> list[str]:
        """Why the process is worth a restart; while Postgres or Kafka is away, it is not."""
        stuck = await self.subscription.stuck_for() if self.subscription is not None else 0.0
        if stuck > STUCK_SECONDS and await self._postgres_answers():
            return [f"The consumer has not moved for {stuck:.0f} seconds."]
        return []

    async def not_ready(self) -> list[str]:
        """Why the process should get no requests now."""
        missing = [] if self.started else [_STARTING_OR_STOPPING]
        if not await self._postgres_answers():
            missing.append(_POSTGRES_AWAY)
        if not self.serves_people:
            missing += [reason for reason in self.degraded() if reason not in missing]
        return missing + await self.not_alive()

    def degraded(self) -> list[str]:
        """The parts that do not work now although the process can be read from."""
        degraded = [] if self.takes_writes else [_POSTGRES_AWAY]
        if self.subscription is None or self.subscription.assigned() == 0:
            degraded.append(_NOT_ASSIGNED)
        if self.subscription is not None:
            degraded += [_UNREADABLE.format(place.partition, place.topic) for place in self.subscription.unreadable()]
        if self.relay.stalled_for() > STALLED_SECONDS:
            degraded.append(_STALLED)
        return degraded

    async def _postgres_answers(self) -> bool:
        if self.pool is None:
            return False
        try:
            async with asyncio.timeout(_POSTGRES_SECONDS), connection(self.pool) as db:
                if isinstance(self.clock, DatabaseClock):
                    await self.clock.compare(partial(db.fetchval, "SELECT clock_timestamp()"))
                if await db.fetchval("SHOW transaction_read_only") == "off":
                    return True
        except Exception as away:
            if not is_transient(away):
                raise
            return False
        await self.pool.expire_connections()
        return False
