"""The outbox: messages are stored in the transaction that decided them, and the relay publishes them in order.

Rows stay, so the outbox is also the log from which a lost bus is replayed: `replay` puts their ids back among the
unsent, and every subscriber's cursor drops the messages that it has handled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from chassis.actor import OutboxMessage
from chassis.cursors import Cursors
from chassis.leadership import Connect, Leadership
from chassis.postgres import Db
from chassis.records import Outgoing, Publish
from chassis.telemetry import MESSAGES_PUBLISHED
from contracts.envelope import Envelope, headers_of
from contracts.message import Reply
from contracts.topics import MESSAGE_BYTES
from contracts.vocabulary import Service

CHANNEL = "outbox"
ROUND = 1000
"""Rows a round: enough to fill the producer's batches, few enough that a failed round is repeated cheaply."""
_BYTES_OF_A_CHARACTER = 4
"""At most, in UTF-8."""
STALLED_SECONDS = 10.0
"""Seconds without an acknowledgement for published messages after which the bus counts as away."""
STANDBY_SECONDS = 1.0
"""How soon a standby notices that nobody leads, and how often a leader looks without being woken."""


def envelope(service: Service, outgoing: OutboxMessage, cursors: Cursors) -> Envelope:
    """Number a message under its agency's lock. Its `seen` is how far the agency's actor has handled other events."""
    message = outgoing.message
    seq = 0 if isinstance(message, Reply) else cursors.number(message.topic, f"{service}.events")
    return Envelope(
        id=outgoing.id,
        type=message.type,
        sender=service.value,
        time=outgoing.time,
        agency_id=outgoing.agency_id,
        seq=seq,
        causation_id=outgoing.causation_id,
        correlation_id=outgoing.correlation_id,
        actor=outgoing.actor,
        seen=cursors.seen,
        traceparent=outgoing.traceparent,
    )


class MessageTooLargeError(ValueError):
    """A decision publishes more than a topic takes: its command is rejected, or its agency parked."""


class Outbox:
    """The messages of one transaction. `add` numbers and encodes at once, `write` stores all in one statement."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._rows: list[tuple[UUID, str, str, int, str, str]] = []
        self._at: Any = None

    def add(self, outgoing: OutboxMessage, cursors: Cursors) -> None:
        """Number a message and keep it for `write`."""
        numbered = envelope(self._service, outgoing, cursors)
        message = outgoing.message
        data = message.model_dump_json()
        if len(data) * _BYTES_OF_A_CHARACTER > MESSAGE_BYTES and (size := len(data.encode())) > MESSAGE_BYTES:
            raise MessageTooLargeError(f"{message.type} has {size} bytes, and at most {MESSAGE_BYTES} can be published")
        self._rows.append((outgoing.agency_id, message.topic, message.type, numbered.seq, numbered.json(), data))
        self._at = outgoing.time

    def __bool__(self) -> bool:
        return bool(self._rows)

    async def write(self, db: Db, *, notify: bool) -> None:
        """Store the messages in order. With `notify`, wake the relay of another process through Postgres."""
        if self._rows:
            await db.execute(_STORE, *map(list, zip(*self._rows, strict=True)), self._at)
            if notify:
                await db.execute("SELECT pg_notify($1, '')", f"{CHANNEL}_{self._service}")


class Relay:
    """Publishes what the outbox holds, while this replica leads."""

    def __init__(self, service: Service, connect: Connect) -> None:
        self._service = service
        self._connect = connect
        self._leadership = Leadership("relay", service, self._listen)
        self._woken = asyncio.Event()
        self._failing_since: float | None = None

    @property
    def leads(self) -> bool:
        """Whether this replica's relay is the one that publishes."""
        return self._leadership.leads

    def wake(self) -> None:
        """Look into the outbox now."""
        self._woken.set()

    def stop(self) -> None:
        """End `run` after its round."""
        self._leadership.stopping = True
        self._woken.set()

    def stalled_for(self) -> float:
        """Seconds for which Kafka has acknowledged no message of the outbox; 0.0 when all is well."""
        return 0.0 if self._failing_since is None else asyncio.get_running_loop().time() - self._failing_since

    async def run(self, publish: Publish) -> None:
        """Lead or stand by until stopped."""

        async def lead(db: Db) -> None:
            self._woken.clear()
            if not await run_once(db, publish, self._note, lambda: self.leads):
                await self._rest()

        await self._leadership.run(lead, self._stand_by)

    async def _listen(self) -> Db:
        db = await self._connect()
        await db.add_listener(f"{CHANNEL}_{self._service}", lambda *_: self._woken.set())
        return db

    async def _stand_by(self, db: Db) -> None:
        self._note(ok=not await db.fetchval(_OLD))
        await self._rest()
        self._woken.clear()

    def _note(self, *, ok: bool) -> None:
        if ok:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = asyncio.get_running_loop().time()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STANDBY_SECONDS):
                await self._woken.wait()


async def run_once(
    db: Db,
    publish: Publish,
    progress: Callable[..., None] = lambda **_: None,
    leads: Callable[[], bool] = lambda: True,
) -> int:
    """Publish the oldest unsent rows and forget the acknowledged ones; returns how many those were.

    Publishes nothing if this replica has lost the lead while it read.
    """
    rows = await db.fetch(_UNSENT, ROUND)
    if not leads():
        return 0
    if not rows:
        progress(ok=True)
        return 0
    acknowledged = await publish([_outgoing(row) for row in rows])
    sent = [row["id"] for row, ok in zip(rows, acknowledged, strict=True) if ok]
    progress(ok=bool(sent))
    if sent:
        await db.execute("DELETE FROM unsent WHERE id = ANY($1)", sent)
        MESSAGES_PUBLISHED.inc(len(sent))
    return len(sent)


def _outgoing(row: Mapping[str, Any]) -> Outgoing:
    return Outgoing(row["topic"], str(row["agency_id"]).encode(), row["data"].encode(), headers_of(row["headers"]))


async def replay(db: Db, agencies: Sequence[UUID] | None = None, topics: Sequence[str] | None = None) -> int:
    """Have all messages published again, oldest first, or only these agencies' and topics'; returns how many.

    Replies are left out: nobody waits for them any more.
    """
    status = await db.execute(_REPLAY, agencies, topics)
    await db.execute("SELECT pg_notify($1 || current_schema, '')", f"{CHANNEL}_")
    return int(status.rpartition(" ")[2])


_STORE = """
WITH stored AS (
    INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)
    SELECT agency_id, topic, type, seq, headers, data, $7
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
         WITH ORDINALITY AS n (agency_id, topic, type, seq, headers, data, place)
    ORDER BY place
    RETURNING id
)
INSERT INTO unsent (id) SELECT id FROM stored
"""
_UNSENT = """
SELECT id, agency_id, topic, headers, data FROM outbox
WHERE id = ANY(ARRAY(SELECT id FROM unsent ORDER BY id LIMIT $1)) ORDER BY id
"""
_OLD = """
SELECT count(*) > 0 FROM outbox
WHERE id = (SELECT min(id) FROM unsent) AND published_at < now() - interval '2 seconds'
"""
_REPLAY = """
INSERT INTO unsent (id)
SELECT id FROM outbox
WHERE seq > 0 AND ($1::uuid[] IS NULL OR agency_id = ANY($1)) AND ($2::text[] IS NULL OR topic = ANY($2))
ON CONFLICT DO NOTHING
"""
