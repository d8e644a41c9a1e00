"""Gauges that are read when Prometheus asks: what waits in the service's tables, how far the consumer is behind.

The tables are read at the first scrape, so that what waited before a process started is seen from the first moment.
Each count ends at `MOST`, and each is read along an index: a scrape costs the same however much waits.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from chassis.runtime import ActorRuntime
from database.postgres import Db, connection
from database.retrying import tolerated
from telemetry import metrics
from transport.subscription import Subscription

MOST = 10_000
"""Where counting ends. Beyond it, the age of the oldest says how bad it is."""
FRESH_SECONDS = 5.0
"""For how long the tables are not read again: probes and several Prometheuses may all ask at once."""
PATIENCE = 2.0
"""Seconds for Postgres and for Kafka; a scrape that takes longer loses all other metrics too."""
KINDS = ("ahead", "gap", "parked", "rejected", "quarantined")

Measure = Callable[[Db, datetime], Awaitable[None]]
"""Sets a service's own gauges from its own tables, by statements that follow an index."""


class Gauges:
    """The gauges of one process."""

    def __init__(
        self, runtime: ActorRuntime[Any], subscription: Subscription | None = None, measures: Sequence[Measure] = ()
    ) -> None:
        self._runtime = runtime
        self._subscription = subscription
        self._measures = (self._measure_tables, *measures)
        self._reading = asyncio.Lock()
        self._fresh_until = 0.0
        pool = runtime.pool
        metrics.POOL_SIZE.labels("idle").set_function(pool.get_idle_size)
        metrics.POOL_SIZE.labels("in_use").set_function(lambda: pool.get_size() - pool.get_idle_size())
        metrics.POOL_MOST.set_function(pool.get_max_size)

    async def read(self) -> None:
        """Read all that is not fresh. Without Postgres or Kafka the gauges keep what was read last."""
        async with self._reading:
            loop = asyncio.get_running_loop()
            if loop.time() < self._fresh_until:
                return
            metrics.TABLES_READ.set(0)
            with tolerated("gauges.not_read"):
                async with asyncio.timeout(PATIENCE), connection(self._runtime.pool) as db:
                    for measure in self._measures:
                        await measure(db, self._runtime.world.clock())
                metrics.TABLES_READ.set(1)
            if self._subscription is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE):
                        await self._subscription.measure_lag()
            self._fresh_until = loop.time() + FRESH_SECONDS

    async def _measure_tables(self, db: Db, now: datetime) -> None:
        kinds = list(self._runtime.definition.task_handlers)
        rows: dict[str, dict[str, tuple[int, datetime | None]]] = defaultdict(dict)
        for row in await db.fetch(WAITING, MOST, now, list(KINDS), kinds):
            rows[row["what"]][row["kind"]] = row["count"], row["since"]

        def count(what: str, kind: str = "") -> int:
            return rows[what][kind][0]

        def age(what: str, kind: str = "") -> float:
            since = rows[what][kind][1]
            return 0.0 if since is None else max(0.0, (now - since).total_seconds())

        metrics.OUTBOX_WAITING.labels("new").set(count("unsent"))
        metrics.OUTBOX_WAITING.labels("replay").set(count("replayed"))
        metrics.OUTBOX_AGE.set(age("unsent"))
        metrics.PARKED_AGENCIES.set(count("parked"))
        metrics.PARKED_AGE.set(age("parked"))
        metrics.OPEN_GAPS.set(count("gaps"))
        metrics.OLDEST_GAP.set(age("gaps"))
        for kind in KINDS:
            metrics.DEFERRED_WAITING.labels(kind).set(count("deferred", kind))
            metrics.DEFERRED_AGE.labels(kind).set(age("deferred", kind))
        for kind in kinds:
            metrics.TASKS_WAITING.labels(kind).set(count("tasks", kind))
            metrics.TASKS_OVERDUE.labels(kind).set(age("due", kind))
            metrics.TASKS_FAILING.labels(kind).set(age("failing", kind))


WAITING = """
SELECT 'unsent' AS what, '' AS kind, count(*), (
    SELECT published_at FROM outbox WHERE id = (SELECT min(id) FROM unsent WHERE NOT replayed)
) AS since FROM (SELECT FROM unsent WHERE NOT replayed LIMIT $1) u
UNION ALL
SELECT 'replayed', '', count(*), NULL FROM (SELECT FROM unsent WHERE replayed LIMIT $1) u
UNION ALL
SELECT 'parked', '', count(*), min(parked_at)
FROM (SELECT parked_at FROM actors WHERE parked_at IS NOT NULL ORDER BY parked_at LIMIT $1) a
UNION ALL
SELECT 'gaps', '', count(*), min(noted_at) FROM (SELECT noted_at FROM gaps ORDER BY noted_at LIMIT $1) g
UNION ALL
SELECT 'deferred', k.kind, count(d.at), min(d.at) FROM unnest($3::text[]) AS k (kind) LEFT JOIN LATERAL (
    SELECT at FROM deferred_messages WHERE kind = k.kind ORDER BY at LIMIT $1) d ON true GROUP BY k.kind
UNION ALL
SELECT 'tasks', k.kind, count(t.id), NULL FROM unnest($4::text[]) AS k (kind) LEFT JOIN LATERAL (
    SELECT id FROM tasks WHERE kind = k.kind LIMIT $1) t ON true GROUP BY k.kind
UNION ALL
SELECT 'due', k.kind, 0, t.run_at FROM unnest($4::text[]) AS k (kind) LEFT JOIN LATERAL (
    SELECT run_at FROM tasks WHERE kind = k.kind AND run_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
    ORDER BY run_at LIMIT 1) t ON true
UNION ALL
SELECT 'failing', k.kind, 0, min(t.first_tried_at) FROM unnest($4::text[]) AS k (kind) LEFT JOIN LATERAL (
    SELECT first_tried_at FROM tasks WHERE kind = k.kind AND last_reason IS NOT NULL
    ORDER BY recorded_at LIMIT $1) t ON true GROUP BY k.kind
"""
"""One statement a scrape. A task that a worker has is not overdue; one that was tried in vain keeps its reason."""
