"""A service whose schema was lost and which knows only what others say: their events are sent again, to be heard anew.

What is no event is lost with the schema, its own outbox too. But who heard it drops a number that it has heard, so its
numbers go on above the highest that anybody knows: the others' cursors, what they have deferred, and the bus.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from chassis import cursors as cursor_rows
from chassis import deferred_messages
from chassis.bus import partitions_of
from chassis.postgres import Db
from contracts.envelope import Envelope, UnreadableEnvelopeError
from contracts.vocabulary import Service

Numbers = dict[tuple[UUID, str], int]
"""By agency and topic, the highest number that a sender gave."""
_PIECE = 200
"""Agencies a transaction."""


class NotLostError(RuntimeError):
    """The service's schema is not one that was made just now, or a process of it runs; the message says which."""


async def check_lost(db: Db, service: Service) -> None:
    """NotLostError unless the schema is empty and nobody uses it."""
    if await db.fetchval(_IN_USE):
        raise NotLostError(f"A process of {service} runs. Stop it first: it would number what it says from 1 again.")
    if await db.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
        raise NotLostError(f"The schema of {service} is not empty: {service} has said something from it.")


async def numbers_handled(db: Db, sender: Service) -> Numbers:
    """What one who hears this sender has heard of it, or has deferred."""
    found: Numbers = {(row["agency_id"], row["topic"]): row["seq"] for row in await db.fetch(_HANDLED, f"{sender}/")}
    waiting = [row["agency_id"] for row in await db.fetch("SELECT agency_id FROM actors WHERE waiting > 0")]
    for message in await deferred_messages.load(db, waiting):
        _note(found, sender, message.record.topic, Envelope.read(message.record.key, message.record.headers))
    return found


async def numbers_on_bus(bootstrap: str, topics: Sequence[str], sender: Service) -> Numbers:
    """What the bus still holds of this sender, heard or not."""
    found: Numbers = {}
    places = await partitions_of(bootstrap, topics)
    if not places:
        return found
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while left := [place for place in places if await consumer.position(place) < ends[place]]:
            for records in (await consumer.getmany(*left, timeout_ms=500)).values():
                for record in records:
                    with suppress(UnreadableEnvelopeError):
                        _note(found, sender, record.topic, Envelope.read(record.key, record.headers))
    finally:
        await consumer.stop()
    return found


def _note(found: Numbers, sender: Service, topic: str, envelope: Envelope) -> None:
    if envelope.sender == sender.value:
        place = (envelope.agency_id, topic)
        found[place] = max(found.get(place, 0), envelope.seq)


async def go_on_from(db: Db, service: Service, known: Sequence[Numbers]) -> None:
    """Have the service say its next message under the next number, and not wait for events of its own that are lost."""
    highest: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for numbers in known:
        for (agency_id, topic), seq in numbers.items():
            highest[agency_id][topic] = max(seq, highest[agency_id].get(topic, 0))
    agencies = sorted(highest)
    for start in range(0, len(agencies), _PIECE):
        async with db.transaction():
            rows = await cursor_rows.lock(db, agencies[start : start + _PIECE])
            for agency_id, row in rows.items():
                _take(row, service, highest[agency_id])
            await cursor_rows.save(db, rows.values())


def _take(row: cursor_rows.Cursors, service: Service, numbers: Mapping[str, int]) -> None:
    row.published |= numbers
    own = f"{service}.events"
    if own in numbers:
        row.handled[f"{service}/{own}"] = row.seen[own] = numbers[own]
    row.changed = True


_IN_USE = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid())
"""
_HANDLED = """
SELECT a.agency_id, substr(h.key, length($1) + 1) AS topic, h.value::bigint AS seq
FROM actors a, jsonb_each_text(a.handled) h WHERE starts_with(h.key, $1)
"""
