"""Rebuild a service whose schema was lost from the events of the other services.

Only events can be rebuilt. Everything else in the schema, the outbox included, is lost. The service's numbers go on
above the highest that its subscribers' cursors, their deferred messages and the bus know and that can be believed
(`known_numbers.py`): a subscriber drops a number that it has handled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from chassis import cursors as cursor_rows
from contracts.envelope import UnreadableEnvelopeError
from contracts.macs import is_of_commands
from contracts.vocabulary import Service
from database.postgres import Db
from hosting.replay import replay
from services.cli import store
from services.cli.known_numbers import KnownNumbers, Numbers, Place
from services.cli.topics import partitions_of
from transport.access import KafkaAccess
from transport.records import Record
from transport.trust import Trust

_PIECE = 200
"""Agencies a transaction."""


class Connected(Protocol):
    """Opens a connection under a service's role; `patient` for statements that take long."""

    def __call__(self, service: Service, *, patient: bool = False) -> AbstractAsyncContextManager[Db]:
        """Open the connection."""
        ...


class NotLostError(RuntimeError):
    """The service's schema is not one that was made just now, or a process of it runs; the message says which."""


class Rebuilt(NamedTuple):
    """How many messages are published again, by sender, and how many records on the bus were not believed."""

    sent: Mapping[Service, int]
    unbelieved: int


async def rebuild(
    service: Service, topics: Sequence[str], kafka: KafkaAccess, connected: Connected, trust: Trust
) -> Rebuilt:
    """Have the events of these topics published again for a service with an empty schema.

    NotLostError when the schema is not empty or the service runs; KafkaError when the broker does not answer.
    """
    async with connected(service) as db:
        await check_lost(db, service)
    others = [other for other in Service if other is not service]
    known = KnownNumbers()
    for other in others:
        async with connected(other) as db:
            await add_handled(known, db, service)
    written = [f"{other}.commands" for other in others] + [f"{service}.events"]
    unbelieved = await add_from_bus(known, kafka, written, service, trust)
    async with connected(service) as db:
        await go_on_from(db, service, known.highest())
    sent = {}
    for other in others:
        async with connected(other, patient=True) as db:
            sent[other] = await replay(db, topics=topics)
    return Rebuilt(sent, unbelieved + known.unbelieved())


async def check_lost(db: Db, service: Service) -> None:
    """NotLostError unless the schema is empty and nobody uses it."""
    if await store.is_in_use(db):
        raise NotLostError(f"A process of {service} runs. Stop it first: it would number its messages from 1 again.")
    if await store.has_published(db):
        raise NotLostError(f"The schema of {service} is not empty: {service} has published from it.")


async def add_handled(known: KnownNumbers, db: Db, sender: Service) -> None:
    """Add the numbers of this sender that a subscriber has handled or deferred. It checked the MACs of commands."""
    for place, seq in (await store.handled_of(db, sender)).items():
        known.know(place, seq)
    for agency_id, topic, seq in await store.deferred_of(db, sender):
        know(known, (agency_id, topic), seq)


async def add_from_bus(
    known: KnownNumbers, kafka: KafkaAccess, topics: Sequence[str], sender: Service, trust: Trust
) -> int:
    """Add the numbers of this sender that the bus still holds, handled or not.

    Returns how many records in its name are not believed, by their type or their MAC.
    """
    unbelieved = 0
    async for record in records_on(kafka, topics):
        unbelieved += not _add_record(known, sender, record, trust)
    return unbelieved


async def records_on(kafka: KafkaAccess, topics: Sequence[str]) -> AsyncIterator[Record]:
    """All records that the topics hold now."""
    places = await partitions_of(kafka, topics)
    if not places:
        return
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
                    yield record
    finally:
        await consumer.stop()


def _add_record(known: KnownNumbers, sender: Service, record: Record, trust: Trust) -> bool:
    try:
        envelope = trust.read(record)
    except UnreadableEnvelopeError:
        return False
    if envelope.sender == sender.value and envelope.seq:
        know(known, (envelope.agency_id, record.topic), envelope.seq)
    return True


def know(known: KnownNumbers, place: Place, seq: int) -> None:
    """Count a number of the bus: a command's by its MAC, an event's once it follows another that counts."""
    (known.know if is_of_commands(place[1]) else known.claim)(place, seq)


async def go_on_from(db: Db, service: Service, known: Numbers) -> None:
    """Number the service's next messages above these, and do not have it wait for its own lost events."""
    highest: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for (agency_id, topic), seq in known.items():
        highest[agency_id][topic] = seq
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
