"""A service on a real database without a bus: handle messages, read what it published, and run the due tasks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.actor import Definition
from chassis.inbox import Inbox
from chassis.relay import replay_once, run_once
from chassis.runtime import ActorRuntime
from chassis.workers import Workers
from contracts.message import Message
from contracts.vocabulary import ANYONE, Actor
from database.postgres import Pool, connect, open_pool
from hosting.erasure import with_erasure
from hosting.settings import with_role
from tests.support.bus import MemoryBus, PublishedMessage, Sender, read_record
from tests.support.clock import HandClock, world_of
from transport.deletion import Deletion
from transport.records import Outgoing, StoredRecord
from transport.trust import Trust

PASSWORD = "of-a-test"


class OneService:
    """A service under test. Open with `OneService.open`, close with `close`."""

    def __init__(
        self,
        definition: Definition[Any],
        pool: Pool,
        dsn: str,
        clock: HandClock,
        trust: Trust | None = None,
        superuser: str = "",
        deletion: Deletion | None = None,
    ) -> None:
        self.superuser = superuser
        self.clock = clock
        self.dsn = dsn
        self.pool = pool
        self.runtime: ActorRuntime[Any] = ActorRuntime(
            with_erasure(definition, pool, deletion or MemoryBus()), pool, world_of(clock)
        )
        self.trust = trust or Trust()
        self.inbox = Inbox(self.runtime, self.trust)
        self.workers = Workers(self.runtime)
        self.sender = Sender()

    @classmethod
    async def open(
        cls,
        definition: Definition[Any],
        database: str,
        clock: HandClock | None = None,
        trust: Trust | None = None,
        deletion: Deletion | None = None,
    ) -> "OneService":
        """Open the service on a migrated database (fixture `migrated`)."""
        dsn = with_role(database, definition.service.value, PASSWORD)
        pool = await open_pool(dsn, definition.service, size=4)
        return cls(definition, pool, dsn, clock or HandClock(), trust, database, deletion)

    async def close(self) -> None:
        await self.pool.close()

    async def alter(self, statement: str) -> None:
        """Change the service's schema, which its own role may not."""
        schema = self.runtime.definition.service.value
        db = await asyncpg.connect(self.superuser, server_settings={"search_path": schema})
        try:
            await db.execute(statement)
        finally:
            await db.close()

    async def handle(
        self,
        message: Message,
        agency_id: UUID,
        *,
        actor: Actor = ANYONE,
        correlation_id: UUID | None = None,
        id: UUID | None = None,
        sender: str | None = None,
    ) -> UUID:
        """Handle a message, numbered next in its stream, and return its id."""
        record = self.sender.record(
            message, agency_id, actor=actor, correlation_id=correlation_id, id=id, sender=sender
        )
        await self.inbox.handle([record])
        return read_record(record).envelope.id

    async def handle_records(self, records: Sequence[StoredRecord]) -> None:
        """Handle these records as a single batch."""
        await self.inbox.handle(records)

    async def run_tasks(self) -> int:
        """Run due tasks until none is due, and return how many ran."""
        ran = 0
        while count := await self.workers.run_once():
            ran += count
        return ran

    async def published(self) -> list[PublishedMessage]:
        """Return the messages published since the last call, in order."""
        db = await connect(self.dsn, self.runtime.definition.service)
        published: list[PublishedMessage] = []
        try:
            while True:
                sent: list[StoredRecord] = []

                async def keep(records: Sequence[Outgoing], sent: list[StoredRecord] = sent) -> list[bool]:
                    sent += [StoredRecord(r.topic, 0, 0, r.key, r.value, tuple(r.headers)) for r in records]
                    return [True] * len(records)

                if not await run_once(db, keep) and not (await replay_once(db, keep))[0]:
                    break
                published += [read_record(record) for record in sent]
        finally:
            await db.close()
        return published
