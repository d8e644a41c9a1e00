"""Broken records among good ones, handled by a service's real inbox, with the checks that hold after each batch."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from chassis import deferred_messages
from contracts.envelope import Envelope, UnreadableEnvelopeError
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import Service
from database.postgres import connection
from services.cli import store_deferred
from telemetry.metrics import MESSAGES_HANDLED
from tests.contracts.golden import golden, golden_names
from tests.fuzz.driving import HANGS_AFTER, try_all
from tests.fuzz.records import Record, broken, whole
from tests.support.journey import Journey
from tests.support.keys import TRUST
from tests.support.one_service import OneService
from transport.records import StoredRecord

NEIGHBOURS = 3
"""Agencies of each batch that sent only good records."""
MOST = 8
"""The most broken records in a batch."""
FIRST: Mapping[Service, str] = {
    Service.MEMBERS: "members.found_agency.v1",
    Service.SEATS: "billing.account_opened.v1",
    Service.BILLING: "members.agency_founded.v1",
    Service.NOTIFIER: "members.agency_founded.v1",
    Service.GATEWAY: "members.agency_founded.v1",
}
"""The first message that a service handles for a new agency."""


@dataclass(frozen=True)
class Batch:
    """Broken records, and the places of the neighbors' good records among them."""

    broken: list[Record]
    places: list[int]
    neighbours: tuple[UUID, ...]


@dataclass
class Sample:
    """The number of records tried so far, and what became of them."""

    records: int = 0
    became: Counter[str] = field(default_factory=Counter)


def batches(names: Sequence[str]) -> SearchStrategy[Batch]:
    """Return a strategy for batches of these message types."""

    @st.composite
    def draw_one(draw: DrawFn) -> Batch:
        neighbours = tuple(uuid4() for _ in range(NEIGHBOURS))
        records = draw(st.lists(broken(names, neighbours), min_size=1, max_size=MOST))
        places = draw(st.lists(st.integers(0, len(records)), min_size=NEIGHBOURS, max_size=NEIGHBOURS))
        return Batch(records, places, neighbours)

    return draw_one()


class Barrage:
    """Sends batch after batch to one service."""

    def __init__(self, service: OneService) -> None:
        self._service = service
        self._service_name = service.runtime.definition.service
        self._offset = 0
        self.sample = Sample()

    async def run(self, count: int, first: int) -> None:
        """Handle batches until `count` broken records were among them."""
        handled = {message.type for message in self._service.runtime.definition.handlers} | {STRIPE_EVENTS}
        topics = self._service.runtime.definition.topics
        names = sorted(name for name in golden_names() if golden(name).topic in topics)
        # Ignored types are on the topic too, but rarer, because less can go wrong with them.
        weighted_names = [name for name in names for _ in range(4 if name in handled else 1)]
        while self.sample.records < count:
            left = count - self.sample.records
            await try_all(batches(weighted_names), self._handle, count=max(left // MOST, 1), first=first)
            first += 1

    async def _handle(self, batch: Batch) -> None:
        records = self._records(batch)
        unreadable = _unreadable_events()
        await self._service.inbox.handle(records)
        self.sample.records += len(batch.broken)
        async with connection(self._service.pool) as db:
            kept = {(deferred.record.topic, deferred.record.offset): deferred for deferred in await self._deferred(db)}
            handled = {
                row["agency_id"]: row["handled"] for row in await db.fetch("SELECT agency_id, handled FROM actors")
            }
            waiting = {deferred.agency_id for deferred in kept.values()}
            for agency in batch.neighbours:
                assert handled.get(agency), "a neighbour's message is lost"
                assert agency not in waiting, "a neighbour's message was deferred"
            became = [self._became(record, kept, handled) for record in records if record.topic != STRIPE_EVENTS]
            assert "lost" not in became, [
                record for record, what in zip(records, became, strict=False) if what == "lost"
            ]
        self.sample.became.update(became)
        self.sample.became["event unreadable"] += int(_unreadable_events() - unreadable)
        await self._handle_again(records)

    def _records(self, batch: Batch) -> list[StoredRecord]:
        good = [whole(golden(FIRST[self._service_name]), agency, agency) for agency in batch.neighbours]
        mixed: list[Record] = []
        for at, record in enumerate([*batch.broken, None]):
            mixed += [own for own, place in zip(good, batch.places, strict=True) if place == at]
            mixed += [record] if record is not None else []
        made = []
        for record in mixed:
            self._offset += 1
            # The client gives a header without a value as None, against its annotation.
            headers: Any = (*record.headers, *_mac_of(record))
            made.append(StoredRecord(record.topic, 0, self._offset, record.key, record.value, headers))
        return made

    async def _deferred(self, db: Any) -> list[deferred_messages.DeferredMessage]:  # noqa: ANN401  asyncpg's
        listed = await store_deferred.listing(db)
        for deferred in listed[-20:]:
            assert await store_deferred.show(db, deferred.id or 0) is not None
        await db.execute("DELETE FROM deferred_messages WHERE kind IN ('rejected', 'quarantined')")
        return listed

    @staticmethod
    def _became(
        record: StoredRecord,
        kept: Mapping[tuple[str, int], deferred_messages.DeferredMessage],
        handled: Mapping[UUID, Mapping[str, int]],
    ) -> str:
        deferred = kept.get((record.topic, record.offset))
        try:
            envelope = Envelope.read(record.key, record.headers)
        except UnreadableEnvelopeError:
            return "quarantined" if deferred is not None and deferred.kind == "quarantined" else "lost"
        if deferred is not None:
            return deferred.kind
        if envelope.seq == 0:
            return "reply"
        # A decided, an ignored, and a duplicate message look the same to the cursor.
        read = handled.get(envelope.agency_id, {}).get(f"{envelope.sender}/{record.topic}", 0)
        return "handled" if read >= envelope.seq else "lost"

    async def _handle_again(self, records: Sequence[StoredRecord]) -> None:
        """Check that a batch handled again changes nothing but the counters of its quarantined records."""
        before = await self._state()
        await self._service.inbox.handle(records)
        assert await self._state() == before, "a batch that was handled twice was decided twice"

    async def _state(self) -> list[Any]:
        async with connection(self._service.pool) as db:
            published = await db.fetch("SELECT id FROM outbox ORDER BY id DESC LIMIT 1")
            actors = await db.fetch("SELECT * FROM actors ORDER BY agency_id")
            waits = await db.fetch(
                "SELECT agency_id, kind, topic, kafka_offset FROM deferred_messages"
                " WHERE kind = ANY($1) ORDER BY 1, 2, 3, 4",
                list(deferred_messages.WAITING),
            )
        return [[dict(row) for row in rows] for rows in (published, actors, waits)]


def _mac_of(record: Record) -> Sequence[tuple[str, bytes]]:
    """The MAC of a broken command that can be read: its sender has the key, so that its breaks reach a handler."""
    with suppress(UnreadableEnvelopeError):
        Envelope.read(record.key, record.headers)
        if TRUST.keys is not None:
            known = [(name, value) for name, value in record.headers if value is not None]
            return TRUST.keys.signed(record.topic, record.key or b"", record.value or b"", known)[len(known) :]
    return []


def _unreadable_events() -> float:
    return float(MESSAGES_HANDLED.labels(STRIPE_EVENTS, "quarantined")._value.get())


async def barrage(journey: Journey, service: Service, count: int, first: int) -> Sample:
    """Send `count` broken records to a service, then drain the whole system."""
    hit = Barrage(journey.services[service])
    await hit.run(count, first)
    async with asyncio.timeout(HANGS_AFTER):
        await journey.drain()
    return hit.sample
