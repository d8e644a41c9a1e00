"""One service on a real database, without a bus: hear messages, read what was said, perform what is due."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.actor import Definition
from chassis.inbox import Inbox
from chassis.outbox import run_once
from chassis.postgres import Pool, connect, open_pool
from chassis.records import Outgoing, StoredRecord
from chassis.runtime import ActorRuntime
from chassis.settings import with_role
from chassis.workers import Workers
from contracts.message import Message
from contracts.vocabulary import ANYONE, Actor
from tests.support.bus import Spoken, Voice, spoken
from tests.support.clock import HandClock, world_of

PASSWORD = "of-a-test"


class OneService:
    """A service under test. Open with `OneService.open`, close with `close`."""

    def __init__(self, definition: Definition[Any], pool: Pool, dsn: str, clock: HandClock) -> None:
        self.clock = clock
        self.dsn = dsn
        self.pool = pool
        self.runtime: ActorRuntime[Any] = ActorRuntime(definition, pool, world_of(clock))
        self.inbox = Inbox(self.runtime)
        self.workers = Workers(self.runtime)
        self.voice = Voice()

    @classmethod
    async def open(cls, definition: Definition[Any], database: str, clock: HandClock | None = None) -> "OneService":
        """On a database that has been migrated (fixture `migrated`)."""
        dsn = with_role(database, definition.service.value, PASSWORD)
        pool = await open_pool(dsn, definition.service, size=4)
        return cls(definition, pool, dsn, clock or HandClock())

    async def close(self) -> None:
        await self.pool.close()

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
        """Have one message heard, next in its stream; answers its id."""
        record = self.voice.record(message, agency_id, actor=actor, correlation_id=correlation_id, id=id, sender=sender)
        await self.inbox.handle([record])
        return spoken(record).envelope.id

    async def handle_records(self, records: Sequence[StoredRecord]) -> None:
        """Have a poll's records heard together."""
        await self.inbox.handle(records)

    async def run_tasks(self) -> int:
        """Perform what is due until nothing is; answers how many tasks that were."""
        performed = 0
        while count := await self.workers.run_once():
            performed += count
        return performed

    async def published(self) -> list[Spoken]:
        """What was said since the last time this was asked, in order."""
        db = await connect(self.dsn, self.runtime.definition.service)
        published: list[Spoken] = []
        try:
            while True:
                sent: list[StoredRecord] = []

                async def keep(records: Sequence[Outgoing], sent: list[StoredRecord] = sent) -> list[bool]:
                    sent += [StoredRecord(r.topic, 0, 0, r.key, r.value, tuple(r.headers)) for r in records]
                    return [True] * len(records)

                if not await run_once(db, keep):
                    break
                published += [spoken(record) for record in sent]
        finally:
            await db.close()
        return published
