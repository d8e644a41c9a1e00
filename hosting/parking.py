"""Publishes which agencies wait because the broker refuses a record of theirs, and which of them go on.

The event would queue behind the refused record, so it has no number and passes. It may be lost; the record is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog

from chassis import cursors as cursor_rows
from chassis.clock import wait_for
from chassis.runtime import ActorRuntime
from chassis.unit_of_work import Cause, UnitOfWork
from contracts.vocabulary import OPERATOR
from database.halving import by_halves
from database.postgres import connection, transaction
from telemetry.logs import where_raised

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""How often it is looked without being woken: another process may have led, and died before it published."""
OF_A_TOPIC = "TopicAuthorizationFailedError"
"""Concerns each record of its topic: it is logged, counted and alarmed, and not published for each agency."""
_PORTION = 100


class Parking:
    """Publishes which agencies wait because of a refused record; any number of replicas may do it at once."""

    def __init__(self, runtime: ActorRuntime[Any], woken: asyncio.Event | None = None) -> None:
        """`woken` is set when there may be something to publish."""
        self._runtime = runtime
        self._woken = woken or asyncio.Event()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._woken.clear()
            while await self.run_once() == _PORTION:
                pass
            await wait_for(self._woken, LOOK_SECONDS)

    async def run_once(self) -> int:
        """Publish for a portion of the agencies that they wait or go on, unless that was published; returns how many.

        What is noted and needs no word any more is forgotten.
        """
        async with connection(self._runtime.pool) as db:
            await db.execute(_FORGET)
            agencies = [row["agency_id"] for row in await db.fetch(_DUE, OF_A_TOPIC, _PORTION)]

        def log_fault(agency: UUID, fault: Exception) -> int:
            log.error("parking.not_published", agency_id=str(agency), where=where_raised(fault))
            return 0

        return sum(await by_halves(agencies, self._publish, log_fault))

    async def _publish(self, agencies: Sequence[UUID]) -> list[int]:
        async with transaction(self._runtime.pool) as db:
            cursors = await cursor_rows.lock(db, agencies)
            rows = await db.fetch(_NOTE_CHANGES, list(agencies))
            inputs = {row["agency_id"]: [row["type"]] for row in rows}
            work = await self._runtime.begin(db, cursors, inputs, numbered=False)
            for row in rows:
                self._decide(work, row)
            await work.write(db, notify=self._runtime.must_notify)
        self._runtime.committed(work)
        return [len(rows)]

    def _decide(self, work: UnitOfWork, row: Mapping[str, Any]) -> None:
        own_id = self._runtime.world.new_id()
        cause = Cause(row["agency_id"], own_id, own_id, OPERATOR, "refused")
        if row["waits"]:
            work.publish_parked(cause, row["type"], refused=True, others=row["others"])
        elif (resumed := work.definition.resumed) is not None:
            work.decide(cause, lambda _, ctx: ctx.publish(resumed(refused=True)))


_WAITS = "EXISTS (SELECT FROM unsent u WHERE u.replayed = r.replayed AND u.id = r.id)"
_FORGET = f"DELETE FROM refused_records r WHERE (replayed OR NOT published) AND NOT {_WAITS}"  # noqa: S608  ours
_DUE = f"""
SELECT agency_id FROM refused_records r
WHERE NOT replayed AND CASE WHEN published THEN NOT {_WAITS} ELSE reason <> $1 END
ORDER BY refused_at LIMIT $2
"""  # noqa: S608  ours
_NOTE_CHANGES = f"""
WITH noted AS (
    SELECT r.agency_id, r.published, {_WAITS} AS waits, o.type
    FROM refused_records r JOIN outbox o USING (id)
    WHERE r.agency_id = ANY($1) AND NOT r.replayed ORDER BY r.agency_id FOR UPDATE OF r
), waiting AS (
    UPDATE refused_records r SET published = true FROM noted n
    WHERE n.agency_id = r.agency_id AND NOT r.replayed AND n.waits AND NOT n.published
), gone AS (
    DELETE FROM refused_records r USING noted n
    WHERE n.agency_id = r.agency_id AND NOT r.replayed AND NOT n.waits AND n.published
)
SELECT agency_id, waits, type, row_number() OVER (ORDER BY waits DESC, agency_id) - 1
    + (SELECT count(*) FROM refused_records WHERE published AND NOT replayed) AS others
FROM noted WHERE waits <> published ORDER BY agency_id
"""  # noqa: S608  ours
"""Returns the agencies of which something is to be published; another replica may have been faster.

`others` counts those of which it was published that they wait.
"""
