"""External events: events of another system, which are neither keyed by agency nor numbered.

An event id that was handled is kept for 30 days, so that the event counts once. A lost or failed event must do no harm:
a service takes it as a hint to look at the other system.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from chassis import cursors as cursor_rows
from chassis.actor import ExternalEvent, ExternalTopic
from chassis.runtime import ActorRuntime
from chassis.unit_of_work import Cause
from database.halving import by_halves
from database.postgres import connection, transaction
from telemetry.logs import where_raised
from telemetry.metrics import MESSAGES_HANDLED
from transport.records import Record

log = structlog.get_logger(__name__)


async def handle_external_records(runtime: ActorRuntime[Any], records: Sequence[Record]) -> None:
    """Decide the records' events that are new and concern an agency; the others are counted."""
    external = runtime.definition.external
    if external is None or not records:
        return
    events: list[ExternalEvent] = []
    for record in records:
        try:
            events.append(external.payload.model_validate_json(record.value or b""))
        except ValidationError:
            MESSAGES_HANDLED.labels(external.topic, "quarantined").inc()
    await _handle_events(runtime, external, events)


async def handle_external_events(runtime: ActorRuntime[Any], events: Sequence[ExternalEvent]) -> int:
    """Decide events that did not come by the bus; returns how many were new and concern an agency."""
    external = runtime.definition.external
    return await _handle_events(runtime, external, list(events)) if external is not None and events else 0


async def _handle_events(runtime: ActorRuntime[Any], external: ExternalTopic, events: list[ExternalEvent]) -> int:
    """Decide events together. One that fails is dropped: an external event is only a hint."""

    async def decide(part: Sequence[ExternalEvent]) -> list[int]:
        return [await _handle_together(runtime, external, part)]

    def drop(_: ExternalEvent, fault: Exception) -> int:
        MESSAGES_HANDLED.labels(external.topic, "failed").inc()
        log.error("external_event.failed", where=where_raised(fault))
        return 0

    return sum(await by_halves(events, decide, drop))


async def _handle_together(runtime: ActorRuntime[Any], external: ExternalTopic, events: Sequence[ExternalEvent]) -> int:
    async with connection(runtime.pool) as db:
        found = await external.find(db, sorted({external.subject(event) for event in events}))
    known: dict[str, tuple[UUID, ExternalEvent]] = {}
    for event in events:
        agency = found.get(external.subject(event))
        if agency is None:
            MESSAGES_HANDLED.labels(external.topic, "unknown_subject").inc()
        else:
            known[event.event_id] = (agency, event)
    return await _decide(runtime, external, known) if known else 0


async def _decide(
    runtime: ActorRuntime[Any], external: ExternalTopic, known: dict[str, tuple[UUID, ExternalEvent]]
) -> int:
    now = runtime.world.clock()
    async with transaction(runtime.pool) as db:
        cursors = await cursor_rows.lock(db, {agency for agency, _ in known.values()})
        new = {row["event_id"] for row in await db.fetch(_NEW, external.topic, sorted(known), now)}
        inputs: dict[UUID, list[object]] = {agency: [] for agency in cursors}
        for event_id in new:
            agency, event = known[event_id]
            inputs[agency].append(event)
        work = await runtime.begin(db, cursors, inputs)
        for event_id, (agency, event) in known.items():
            if event_id not in new:
                MESSAGES_HANDLED.labels(external.topic, "duplicate").inc()
                continue
            fresh = runtime.world.new_id()
            cause = Cause(agency, fresh, fresh, external.actor, external.topic)
            work.decide(cause, lambda state, ctx: external.handle(state, event, ctx))  # noqa: B023  at once
            MESSAGES_HANDLED.labels(external.topic, "decided").inc()
        await work.write(db, notify=runtime.must_notify)
    runtime.committed(work)
    return len(new)


async def forget_old(runtime: ActorRuntime[Any]) -> None:
    """Forget event ids older than 30 days: no sender repeats an event after that long."""
    async with connection(runtime.pool) as db:
        await db.execute(_FORGET, runtime.world.clock())


_FORGET = "DELETE FROM external_events WHERE handled_at < $1::timestamptz - interval '30 days'"
_NEW = """
INSERT INTO external_events (topic, event_id, handled_at) SELECT $1, unnest($2::text[]), $3
ON CONFLICT DO NOTHING RETURNING event_id
"""
