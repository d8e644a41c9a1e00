"""What an operator does to a service's chassis: look at what is deferred, resume, dismiss, replay, rebuild."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from chassis import deferred_messages, outbox, rebuilding
from chassis.actor import Definition
from chassis.deferred_messages import DeferredMessage
from chassis.inbox import Inbox
from chassis.postgres import connect, connection, open_pool
from chassis.runtime import ActorRuntime
from contracts.vocabulary import Service


@asynccontextmanager
async def _connected(dsn: str, service: Service) -> AsyncIterator[asyncpg.Connection[Any]]:
    db = await connect(dsn, service, command_timeout=None)
    try:
        yield db
    finally:
        await db.close()


async def list_deferred(dsn: str, service: Service) -> list[DeferredMessage]:
    """What a service has deferred, oldest first."""
    async with _connected(dsn, service) as db:
        return await deferred_messages.listing(db)


async def show_deferred(dsn: str, service: Service, deferred_id: int) -> DeferredMessage | None:
    """One message that was deferred, whole."""
    async with _connected(dsn, service) as db:
        return await deferred_messages.show(db, deferred_id)


async def dismiss_deferred(dsn: str, service: Service, deferred_id: int) -> bool:
    """Forget a message that will never be decided; False when it waits to be taken up, and so must not be lost."""
    async with _connected(dsn, service) as db:
        message = await deferred_messages.show(db, deferred_id)
        if message is None or message.kind in deferred_messages.WAITING:
            return False
        await deferred_messages.forget(db, [deferred_id])
        return True


async def resume(dsn: str, definition: Definition[Any], agencies: Sequence[UUID]) -> dict[UUID, bool]:
    """Take parked agencies up again (all, when none is named), in order; True for those that caught up."""
    pool = await open_pool(dsn, definition.service, size=2)
    try:
        inbox = Inbox(ActorRuntime(definition, pool))
        async with connection(pool) as db:
            wanted = list(agencies) or [agency for agency, _, _ in await deferred_messages.parked_agencies(db)]
        for agency in wanted:
            await inbox.take_up(agency)
        async with connection(pool) as db:
            still = {agency for agency, _, _ in await deferred_messages.parked_agencies(db)}
        return {agency: agency not in still for agency in wanted}
    finally:
        await pool.close()


async def replay(dsn: str, service: Service, agencies: Sequence[UUID]) -> int:
    """Have a service's relay publish everything again (or these agencies' only); answers how many messages."""
    async with _connected(dsn, service) as db:
        await db.execute("SET statement_timeout = 0")
        return await outbox.replay(db, list(agencies) or None)


async def replay_to(
    dsns: Mapping[Service, str], kafka: str, service: Service, topics: Sequence[str]
) -> Mapping[Service, int]:
    """Send the events of these topics again to a service whose schema is empty; answers how many, by who said them.

    NotLostError when it is not empty, or when the service runs; KafkaError when the broker does not answer.
    """
    async with _connected(dsns[service], service) as db:
        await rebuilding.check_lost(db, service)
    said = [f"{other}.commands" for other in Service if other is not service] + [f"{service}.events"]
    known = [await rebuilding.numbers_on_bus(kafka, said, service)]
    others = [other for other in Service if other is not service]
    for other in others:
        async with _connected(dsns[other], other) as db:
            known.append(await rebuilding.numbers_handled(db, service))
    async with _connected(dsns[service], service) as db:
        await rebuilding.go_on_from(db, service, known)
    sent = {}
    for other in others:
        async with _connected(dsns[other], other) as db:
            await db.execute("SET statement_timeout = 0")
            sent[other] = await outbox.replay(db, topics=topics)
    return sent
