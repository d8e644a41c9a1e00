"""The outbox: what is said is kept in the transaction that decided it, and published afterwards, in order per agency.

One relay a service leads, by advisory lock; others stand by. Rows stay, so the outbox is also the log from which a lost
bus is replayed: `replay` puts their ids back among the unsent, and every cursor drops what it knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from chassis.actor import OutboxMessage
from chassis.cursors import Cursors
from chassis.postgres import AWAY, Db
from chassis.records import Outgoing, Publish
from chassis.telemetry import MESSAGES_PUBLISHED
from contracts.envelope import Envelope, headers_of
from contracts.message import Reply
from contracts.vocabulary import Service

log = structlog.get_logger(__name__)

CHANNEL = "outbox"
ROUND = 1000
"""Rows a round: enough to fill the producer's batches, few enough that a failed round is repeated cheaply."""
STANDBY_SECONDS = 1.0
"""How soon a standby notices that nobody leads, and how often a leader looks without being woken."""


def envelope(service: Service, said: OutboxMessage, cursors: Cursors) -> Envelope:
    """Number a message under its agency's lock; what it has `seen` is what the agency's actor has seen by now."""
    message = said.message
    seq = 0 if isinstance(message, Reply) else cursors.number(message.topic, f"{service}.events")
    return Envelope(
        id=said.id,
        type=message.type,
        sender=service.value,
        time=said.time,
        agency_id=said.agency_id,
        seq=seq,
        causation_id=said.causation_id,
        correlation_id=said.correlation_id,
        actor=said.actor,
        seen=cursors.seen,
        traceparent=said.traceparent,
    )


class Outbox:
    """What one transaction says. `add` numbers and encodes at once, `write` keeps all in one statement."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._rows: list[tuple[UUID, str, str, int, str, str]] = []
        self._at: Any = None

    def add(self, said: OutboxMessage, cursors: Cursors) -> None:
        """Keep a message for `write`."""
        numbered = envelope(self._service, said, cursors)
        message = said.message
        data = message.model_dump_json()
        self._rows.append((said.agency_id, message.topic, message.type, numbered.seq, numbered.json(), data))
        self._at = said.time

    def __bool__(self) -> bool:
        return bool(self._rows)

    async def write(self, db: Db, *, notify: bool) -> None:
        """Into the outbox, in order; `notify` when the relay that leads is not in this process."""
        if self._rows:
            await db.execute(_SAY, *map(list, zip(*self._rows, strict=True)), self._at)
            if notify:
                await db.execute("SELECT pg_notify($1, '')", f"{CHANNEL}_{self._service}")


class Relay:
    """Publishes what was said. Run on each replica; the one that holds the lock leads."""

    def __init__(self, service: Service, connect: Callable[[], Awaitable[asyncpg.Connection[Any]]]) -> None:
        self._service = service
        self._connect = connect
        self._woken = asyncio.Event()
        self._stopping = False
        self._failing_since: float | None = None
        self.leads = False

    def wake(self) -> None:
        """There may be something to publish."""
        self._woken.set()

    def stop(self) -> None:
        """End `run` after its round."""
        self._stopping = True
        self._woken.set()

    def stalled_for(self) -> float:
        """Seconds for which what was said has found no acknowledgement; 0.0 when all is well."""
        return 0.0 if self._failing_since is None else asyncio.get_running_loop().time() - self._failing_since

    async def run(self, publish: Publish) -> None:
        """Lead or stand by until stopped; a lost connection loses the lead and is made again."""
        while not self._stopping:
            try:
                await self._session(publish)
            except AWAY as away:
                log.warning("relay.postgres_away", error=type(away).__name__)
                await self._rest()
            finally:
                self.leads = False

    async def _session(self, publish: Publish) -> None:
        db = await self._connect()
        try:
            await db.add_listener(f"{CHANNEL}_{self._service}", lambda *_: self._woken.set())
            while not self._stopping:
                if not self.leads:
                    self.leads = await db.fetchval(_LEAD, self._service.value)
                    if not self.leads:
                        self._note(ok=not await db.fetchval(_OLD))
                        await self._rest()
                        continue
                    log.info("relay.leads", service=self._service.value)
                self._woken.clear()
                if await run_once(db, publish, self._note):
                    continue
                await self._rest()
        finally:
            await db.close(timeout=2)

    def _note(self, *, ok: bool) -> None:
        if ok:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = asyncio.get_running_loop().time()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(STANDBY_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            pass
        if not self.leads:
            self._woken.clear()


async def run_once(db: Db, publish: Publish, progress: Callable[..., None] = lambda **_: None) -> int:
    """One round: publish the oldest unsent rows, forget those acknowledged. Answers how many; 0 also when none went."""
    rows = await db.fetch(_UNSENT, ROUND)
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
    """Have everything published again (or these agencies', on these topics), oldest first; answers how many that is.

    Answers are left out: nobody waits for them any more.
    """
    status = await db.execute(_REPLAY, agencies, topics)
    await db.execute("SELECT pg_notify($1 || current_schema, '')", f"{CHANNEL}_")
    return int(status.rpartition(" ")[2])


_SAY = """
WITH said AS (
    INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)
    SELECT agency_id, topic, type, seq, headers, data, $7
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
         WITH ORDINALITY AS n (agency_id, topic, type, seq, headers, data, place)
    ORDER BY place
    RETURNING id
)
INSERT INTO unsent (id) SELECT id FROM said
"""
_UNSENT = """
SELECT id, agency_id, topic, headers, data FROM outbox
WHERE id = ANY(ARRAY(SELECT id FROM unsent ORDER BY id LIMIT $1)) ORDER BY id
"""
_LEAD = "SELECT pg_try_advisory_lock(hashtext('relay'), hashtext($1))"
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
