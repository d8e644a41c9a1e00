"""However much waits of an agency, each message costs the same, and no other agency waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.actor import Inputs
from chassis.deferred_messages import PORTION
from contracts.members import SignUp
from contracts.message import Message, Seats
from contracts.seats import AutoAddSet, CapacityChanged
from hosting.migrations import CHASSIS_SCHEMA
from tests.chassis.test_inbox import A, B, deferred, records, word, words
from tests.support.databases import Databases
from tests.support.one_service import OneService
from tests.support.sample_service import SampleStore, Words, migrate_sample, sample_service
from transport.records import StoredRecord

POLL = 100
CAUSE = CapacityChanged(purchased=Seats(), incoming=Seats(), waiting=Seats())
"""An event that only moves a cursor."""


class WatchedStore(SampleStore):
    """Counts the messages of each load, and takes longer than a statement may when it meets a slow word."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[Mapping[UUID, int]] = []
        self.slow_to_load: str | None = None
        self.slow_to_save: str | None = None
        self.goes_on = asyncio.Event()
        """While it is cleared, a transaction that decides messages of `A` waits."""
        self.goes_on.set()

    @property
    def loaded(self) -> int:
        return sum(count for load in self.loads for count in load.values())

    async def load(self, db: asyncpg.Connection[Any], inputs: Inputs, now: datetime) -> Mapping[UUID, Words]:
        self.loads.append({agency: sum(isinstance(one, Message) for one in found) for agency, found in inputs.items()})
        if A in inputs:
            await self.goes_on.wait()
        names = {message.name for messages in inputs.values() for message in messages if isinstance(message, SignUp)}
        if self.slow_to_load in names:
            raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")
        return await super().load(db, inputs, now)

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Words]) -> None:
        if any(self.slow_to_save in state.new for state in states):
            raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")
        await super().save(db, states)


@pytest.fixture
def store() -> WatchedStore:
    return WatchedStore()


@pytest.fixture
async def service(databases: Databases, store: WatchedStore) -> AsyncIterator[OneService]:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    service = await OneService.open(replace(sample_service(), store=store), url)
    yield service
    await service.close()
    await databases.drop(url)


@asynccontextmanager
async def running(service: OneService) -> AsyncIterator[None]:
    """Have the inbox catch up in the background, as a process does."""
    task = asyncio.create_task(service.inbox.run())
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(service: OneService, count: int, agency: UUID = A) -> None:
    async with asyncio.timeout(60):
        while len(await words(service, agency)) < count:
            await asyncio.sleep(0.01)


def early(service: OneService, count: int, agency: UUID = A) -> list[StoredRecord]:
    """Commands whose sender had handled as many events as there are commands."""
    return [service.sender.record(word(f"{n}"), agency, seen={"seats.events": n}) for n in range(1, count + 1)]


async def in_polls(service: OneService, records: list[StoredRecord]) -> None:
    for start in range(0, len(records), POLL):
        await service.handle_records(records[start : start + POLL])


async def catch_up(service: OneService, store: WatchedStore, count: int, agency: UUID) -> int:
    """Defer so many messages, then handle their causes; returns how many messages were loaded for it."""
    before = store.loaded
    await in_polls(service, early(service, count, agency))
    assert len(await words(service, agency)) == 0
    await in_polls(service, records(service, *[(CAUSE, agency)] * count))
    assert await words(service, agency) == [f"{n}" for n in range(1, count + 1)]
    return store.loaded - before


async def test_the_messages_that_are_loaded_are_in_proportion_to_those_that_wait(
    service: OneService, store: WatchedStore
) -> None:
    few = await catch_up(service, store, 4 * PORTION, uuid4())
    many = await catch_up(service, store, 16 * PORTION, uuid4())
    assert few <= 4 * 4 * PORTION
    assert many <= 4.4 * few


async def test_no_transaction_takes_up_more_than_a_portion_of_a_stream(
    service: OneService, store: WatchedStore
) -> None:
    first, *rest = records(service, *[(word(f"{n}"), A) for n in range(5 * PORTION)])
    await in_polls(service, rest)
    await service.handle_records([first])
    assert await words(service) == [f"{n}" for n in range(5 * PORTION)]
    assert max(load.get(A, 0) for load in store.loads) <= PORTION


async def test_a_deferred_message_that_is_delivered_again_is_stored_once(service: OneService) -> None:
    first, *rest = records(service, *[(word(f"{n}"), A) for n in range(4)])
    for _ in range(3):
        await service.handle_records(rest)
    assert await deferred(service) == [("gap", "members.sign_up.v1")] * 3
    assert await service.pool.fetchval("SELECT waiting FROM actors") == 3
    await service.handle_records([first])
    assert await words(service) == ["0", "1", "2", "3"]
    assert await service.pool.fetchval("SELECT waiting FROM actors") == 0


async def test_another_agency_does_not_wait_for_one_that_is_far_behind(
    service: OneService, store: WatchedStore
) -> None:
    first, *rest = records(service, *[(word(f"{n}"), A) for n in range(3 * PORTION)])
    await in_polls(service, rest)
    async with running(service):
        await service.handle_records([first])
        store.goes_on.clear()
        await service.handle_records(records(service, (word("other"), B)))
        assert await words(service, B) == ["other"]
        store.goes_on.set()
        await until(service, 3 * PORTION)
    assert await words(service) == [f"{n}" for n in range(3 * PORTION)]


async def test_what_a_dead_process_had_still_to_take_up_is_taken_up_at_the_start(service: OneService) -> None:
    rest = records(service, *[(word(f"{n}"), A) for n in range(PORTION)])[1:]
    await in_polls(service, rest)
    cursors = {"gateway/members.commands": 1}
    await service.pool.execute("UPDATE actors SET handled = $1", cursors)  # as if it had decided only the first
    assert await words(service) == []
    async with running(service):
        await until(service, PORTION - 1)
    assert await deferred(service) == []


async def test_an_agency_stays_parked_until_all_that_waits_is_decided(service: OneService) -> None:
    event, *rest = records(service, (AutoAddSet(enabled=True), A), *[(word(f"{n}"), A) for n in range(3 * PORTION)])
    await in_polls(service, [event, *rest])
    await service.published()
    await service.pool.execute("INSERT INTO words (agency_id, word) VALUES ($1, 'mended')", A)
    await service.inbox.take_up(A)
    assert await words(service) == ["mended", "event", *(f"{n}" for n in range(3 * PORTION))]
    resumed = [message.type for message in await service.published() if "resumed" in message.type]
    assert resumed == ["members.agency_resumed.v1"]
    assert await deferred(service) == []


@pytest.mark.parametrize("while_", ["slow_to_load", "slow_to_save"])
async def test_a_message_for_which_postgres_takes_too_long_is_found_and_the_others_are_decided(
    service: OneService, store: WatchedStore, while_: str
) -> None:
    setattr(store, while_, "slow")
    batch = records(service, *[(word(f"{n}"), A) for n in range(7)], (word("slow"), A), (word("last"), B))
    async with asyncio.timeout(60):
        await service.handle_records(batch)
    assert await words(service) == [f"{n}" for n in range(7)]
    assert await words(service, B) == ["last"]
    assert await deferred(service) == [("rejected", "members.sign_up.v1")]


async def test_a_message_that_an_earlier_release_deferred_is_taken_up(databases: Databases) -> None:
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    service = await OneService.open(sample_service(), url)
    first, second, third = records(service, (word("one"), A), (word("two"), A), (word("three"), A))
    await service.handle_records([second, third])
    migration = (CHASSIS_SCHEMA / "006_streams_of_deferred.sql").read_text()
    db = await asyncpg.connect(url)
    try:
        await db.execute("SET search_path TO members")
        await db.execute("ALTER TABLE deferred_messages DROP COLUMN sender, DROP COLUMN seq")
        await db.execute("DROP INDEX actors_waiting")
        await db.execute("CREATE INDEX deferred_messages_agency ON deferred_messages (agency_id, id)")
        await db.execute(migration)
    finally:
        await db.close()
    await service.pool.expire_connections()
    await service.handle_records([first])
    assert await words(service) == ["one", "two", "three"]
    await service.close()
    await databases.drop(url)
