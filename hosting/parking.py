"""Publishes which agencies wait because the broker refuses a record of theirs, and which of them go on.

The event would queue behind the refused record, so it has no number and passes. It may be lost; the record is not.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from chassis import cursors as cursor_rows
from chassis.deferred_messages import ParkedMessage
from chassis.runtime import ActorRuntime
from chassis.unit_of_work import Cause
from contracts.vocabulary import OPERATOR
from database.postgres import connection, transaction

LOOK_SECONDS = 5.0
"""How soon it is published that an agency waits, or that it goes on."""
OF_A_TOPIC = "TopicAuthorizationFailedError"
"""Concerns each record of its topic: it is logged, counted and alarmed, and not published for each agency."""
_PORTION = 100


class Parking:
    """Publishes which agencies wait because of a refused record; any number of replicas may do it at once."""

    def __init__(self, runtime: ActorRuntime[Any]) -> None:
        self._runtime = runtime

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.run_once()

    async def run_once(self) -> None:
        """Publish for each agency that it waits or goes on, unless that was published; forget what has passed."""
        async with connection(self._runtime.pool) as db:
            await db.execute(_FORGET)
            agencies = [row["agency_id"] for row in await db.fetch(_DUE, OF_A_TOPIC, _PORTION)]
        for agency in agencies:
            await self._publish(agency)

    async def _publish(self, agency: UUID) -> None:
        definition = self._runtime.definition
        async with transaction(self._runtime.pool) as db:
            cursors = await cursor_rows.lock(db, [agency])
            row = await db.fetchrow(_ONE, agency)
            if row is None or row["published"] == row["waits"]:  # another replica was faster
                return
            work = await self._runtime.begin(db, cursors, {agency: [ParkedMessage(row["type"])]}, numbered=False)
            own_id = self._runtime.world.new_id()
            cause = Cause(agency, own_id, own_id, OPERATOR, "refused")
            if row["waits"]:
                await db.execute(_SET_PUBLISHED, agency)
                message = ParkedMessage(row["type"], refused=True)
                if (parked := definition.parked) is not None:
                    work.decide(cause, lambda state, ctx: parked(state, message, ctx))
            else:
                await db.execute("DELETE FROM refused_records WHERE agency_id = $1 AND NOT replayed", agency)
                if (resumed := definition.resumed) is not None:
                    work.decide(cause, lambda _, ctx: resumed(ctx))
            await work.write(db, notify=self._runtime.must_notify)
        self._runtime.committed(work)


_WAITS = "EXISTS (SELECT FROM unsent u WHERE u.replayed = r.replayed AND u.id = r.id)"
_FORGET = f"DELETE FROM refused_records r WHERE (replayed OR NOT published) AND NOT {_WAITS}"  # noqa: S608  ours
_DUE = f"""
SELECT agency_id FROM refused_records r
WHERE NOT replayed AND CASE WHEN published THEN NOT {_WAITS} ELSE reason <> $1 END
ORDER BY refused_at LIMIT $2
"""  # noqa: S608  ours
_SET_PUBLISHED = "UPDATE refused_records SET published = true WHERE agency_id = $1 AND NOT replayed"
_ONE = f"""
SELECT r.published, {_WAITS} AS waits, o.type FROM refused_records r JOIN outbox o USING (id)
WHERE r.agency_id = $1 AND NOT r.replayed FOR UPDATE OF r
"""  # noqa: S608  ours
