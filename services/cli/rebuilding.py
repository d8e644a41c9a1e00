"""Rebuild a service whose schema was lost from the events of the other services.

Only events can be rebuilt. Everything else in the schema, the outbox included, is lost. The service's numbers go on
above the highest that its subscribers' cursors, their deferred messages and the bus know: a subscriber drops a number
that it has handled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from chassis import cursors as cursor_rows
from chassis.postgres import Db
from chassis.replay import replay
from contracts.envelope import Envelope, UnreadableEnvelopeError
from contracts.vocabulary import Service
from services.cli import store
from services.cli.store import Numbers
from services.cli.topics import partitions_of
from transport.access import KafkaAccess

_PIECE = 200
"""Agencies a transaction."""


class Connected(Protocol):
    """Opens a connection under a service's role; `patient` for statements that take long."""

    def __call__(self, service: Service, *, patient: bool = False) -> AbstractAsyncContextManager[Db]:
        """Open the connection."""
        ...


class NotLostError(RuntimeError):
    """The service's schema is not one that was made just now, or a process of it runs; the message says which."""


async def rebuild(
    service: Service, topics: Sequence[str], kafka: KafkaAccess, connected: Connected
) -> Mapping[Service, int]:
    """Have the events of these topics published again for a service with an empty schema; returns how many, by sender.

    NotLostError when the schema is not empty or the service runs; KafkaError when the broker does not answer.
    """
    async with connected(service) as db:
        await check_lost(db, service)
    others = [other for other in Service if other is not service]
    known = [await numbers_on_bus(kafka, [f"{other}.commands" for other in others] + [f"{service}.events"], service)]
    for other in others:
        async with connected(other) as db:
            known.append(await numbers_handled(db, service))
    async with connected(service) as db:
        await go_on_from(db, service, known)
    sent = {}
    for other in others:
        async with connected(other, patient=True) as db:
            sent[other] = await replay(db, topics=topics)
    return sent


async def check_lost(db: Db, service: Service) -> None:
    """NotLostError unless the schema is empty and nobody uses it."""
    if await store.is_in_use(db):
        raise NotLostError(f"A process of {service} runs. Stop it first: it would number its messages from 1 again.")
    if await store.has_published(db):
        raise NotLostError(f"The schema of {service} is not empty: {service} has published from it.")


async def numbers_handled(db: Db, sender: Service) -> Numbers:
    """The numbers of this sender that a subscriber has handled or deferred."""
    highest = await store.handled_of(db, sender)
    for place, seq in (await store.deferred_of(db, sender)).items():
        highest[place] = max(highest.get(place, 0), seq)
    return highest


async def numbers_on_bus(kafka: KafkaAccess, topics: Sequence[str], sender: Service) -> Numbers:
    """The numbers of this sender that the bus still holds, handled or not."""
    highest: Numbers = {}
    places = await partitions_of(kafka, topics)
    if not places:
        return highest
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", **kafka.options
    )
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while left := [place for place in places if await consumer.position(place) < ends[place]]:
            for records in (await consumer.getmany(*left, timeout_ms=500)).values():
                for record in records:
                    with suppress(UnreadableEnvelopeError):
                        _note(highest, sender, record.topic, Envelope.read(record.key, record.headers))
    finally:
        await consumer.stop()
    return highest


def _note(highest: Numbers, sender: Service, topic: str, envelope: Envelope) -> None:
    if envelope.sender == sender.value:
        place = (envelope.agency_id, topic)
        highest[place] = max(highest.get(place, 0), envelope.seq)


async def go_on_from(db: Db, service: Service, known: Sequence[Numbers]) -> None:
    """Number the service's next messages above these, and do not have it wait for its own lost events."""
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
