"""Somebody else's events: not keyed by agency and not numbered, so known by their own ids, and only ever a hint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from chassis import cursors as cursor_rows
from chassis.actor import Foreign, ForeignEvent
from chassis.host import Host, is_nobodys
from chassis.postgres import connection, transaction
from chassis.records import Record
from chassis.telemetry import HEARD, where_raised
from chassis.unit_of_work import Cause
from contracts.vocabulary import STRIPE

log = structlog.get_logger(__name__)


async def hear_foreign(host: Host[Any], records: Sequence[Record]) -> None:
    """Decide those events that are new and about something of an agency's; the others are counted."""
    foreign = host.definition.foreign
    if foreign is None or not records:
        return
    events: list[ForeignEvent] = []
    for record in records:
        try:
            events.append(foreign.payload.model_validate_json(record.value or b""))
        except ValidationError:
            HEARD.labels(foreign.topic, "unreadable").inc()
    await _hear(host, foreign, events)


async def hear_events(host: Host[Any], events: Sequence[ForeignEvent]) -> int:
    """Decide events that came another way than by the bus; answers how many were new and about something of ours."""
    foreign = host.definition.foreign
    return await _hear(host, foreign, list(events)) if foreign is not None and events else 0


async def _hear(host: Host[Any], foreign: Foreign, events: list[ForeignEvent]) -> int:
    """Decide them together; one that fails is found by halving and dropped: an event is only ever a hint."""
    try:
        return await _hear_together(host, foreign, events)
    except Exception as raised:
        if is_nobodys(raised):
            raise
        if len(events) > 1:
            half = len(events) // 2
            return await _hear(host, foreign, events[:half]) + await _hear(host, foreign, events[half:])
        HEARD.labels(foreign.topic, "failed").inc()
        log.error("foreign.event_failed", where=where_raised(raised))  # noqa: TRY400  a traceback may quote data
        return 0


async def _hear_together(host: Host[Any], foreign: Foreign, events: list[ForeignEvent]) -> int:
    async with connection(host.pool) as db:
        found = await foreign.find(db, sorted({foreign.subject(event) for event in events}))
    known: dict[str, tuple[UUID, ForeignEvent]] = {}
    for event in events:
        agency = found.get(foreign.subject(event))
        if agency is None:
            HEARD.labels(foreign.topic, "nobodys").inc()
        else:
            known[event.event_id] = (agency, event)
    return await _decide(host, foreign, known) if known else 0


async def _decide(host: Host[Any], foreign: Foreign, known: dict[str, tuple[UUID, ForeignEvent]]) -> int:
    now = host.world.clock()
    async with transaction(host.pool) as db:
        cursors = await cursor_rows.lock(db, {agency for agency, _ in known.values()})
        new = {row["event_id"] for row in await db.fetch(_NEW, foreign.topic, sorted(known), now)}
        wanted: dict[UUID, list[object]] = {agency: [] for agency in cursors}
        for event_id in new:
            agency, event = known[event_id]
            wanted[agency].append(event)
        work = await host.begin(db, cursors, wanted)
        for event_id, (agency, event) in known.items():
            if event_id not in new:
                HEARD.labels(foreign.topic, "duplicate").inc()
                continue
            fresh = host.world.new_id()
            work.decide(Cause(agency, fresh, fresh, STRIPE, foreign.topic), _deciding(foreign, event))
            HEARD.labels(foreign.topic, "decided").inc()
        await work.write(db, notify=host.must_notify)
    host.committed(work)
    return len(new)


def _deciding(foreign: Foreign, event: ForeignEvent) -> Any:  # noqa: ANN401  a decision
    return lambda state, turn: foreign.handle(state, event, turn)


async def forget_old(host: Host[Any]) -> None:
    """Forget event ids older than 30 days: Stripe retries for three."""
    async with connection(host.pool) as db:
        await db.execute(_FORGET, host.world.clock())


_FORGET = "DELETE FROM foreign_heard WHERE heard_at < $1::timestamptz - interval '30 days'"
_NEW = """
INSERT INTO foreign_heard (topic, event_id, heard_at) SELECT $1, unnest($2::text[]), $3
ON CONFLICT DO NOTHING RETURNING event_id
"""
