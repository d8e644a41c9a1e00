"""The relay publishes in order per agency, keeps what is not acknowledged, and can publish everything again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from chassis.outbox import Row
from chassis.refused_records import Held
from chassis.relay import Relay, replay_once, run_once
from contracts.vocabulary import Service
from database.postgres import connect, connection
from hosting.replay import progress, replay, set_rate
from tests.chassis.test_inbox import A, B, word
from tests.support.bus import MemoryBus, read_record
from tests.support.one_service import OneService
from transport.records import Outgoing, Publish


def names(bus: MemoryBus) -> list[str]:
    """Return the words on the bus, in order."""
    return [read_record(record).data.name for record in bus.log["members.events"]]


async def test_a_message_that_is_not_acknowledged_is_published_again(service: OneService) -> None:
    for text in ("one", "two", "three"):
        await service.handle(word(text), A)
    sent: list[str] = []

    async def lose_the_second(records: Sequence[Outgoing]) -> Sequence[bool]:
        sent.extend(record.value.decode() for record in records)
        return [index != 1 for index in range(len(records))]

    async with connection(service.pool) as db:
        assert await run_once(db, lose_the_second) == 2
        assert await run_once(db, MemoryBus().publish) == 1
        assert await run_once(db, MemoryBus().publish) == 0
    assert len(sent) == 3


async def test_replay_publishes_everything_again_in_the_same_order_with_the_same_ids(service: OneService) -> None:
    for text in ("one", "two", "three"):
        await service.handle(word(text), A)
    before = await service.published()
    async with connection(service.pool) as db:
        assert await replay(db) == 3
    assert await service.published() == before


async def test_new_messages_pass_a_replay_whatever_is_left_of_it(service: OneService) -> None:
    for text in ("one", "two", "three"):
        await service.handle(word(text), A)
    await service.published()
    bus = MemoryBus()
    async with connection(service.pool) as db:
        assert await replay(db) == 3
        await set_rate(db, 40)
        assert await progress(db) == (3, 40)
        await service.handle(word("new"), A)
        assert (await replay_once(db, bus.publish)) == (2, 2 / 40)
        assert await run_once(db, bus.publish) == 1
        assert await progress(db) == (1, 40)
        assert (await replay_once(db, bus.publish)) == (1, 1 / 40)
        assert await progress(db) == (0, 40)
    assert names(bus) == ["one", "two", "new", "three"]


async def test_a_replay_is_paused_by_a_rate_of_0_and_goes_on(service: OneService) -> None:
    await service.handle(word("one"), A)
    await service.published()
    bus = MemoryBus()
    relay = Relay(Service.MEMBERS, lambda: connect(service.dsn, Service.MEMBERS))
    running = asyncio.create_task(relay.run(bus.publish))
    try:
        async with connection(service.pool) as db, asyncio.timeout(30):
            await set_rate(db, 0)
            await replay(db)
            while not relay.leads:
                await asyncio.sleep(0.01)
            await service.handle(word("two"), A)
            while names(bus) != ["two"]:
                await asyncio.sleep(0.01)
            assert (await replay_once(db, bus.publish))[0] == 0
            assert await progress(db) == (1, 0)
            await set_rate(db, 1000)
            while names(bus) != ["two", "one"]:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_portion_of_a_replay_that_is_not_acknowledged_stays_listed(service: OneService) -> None:
    await service.handle(word("one"), A)
    await service.published()

    async def lose(records: Sequence[Outgoing]) -> Sequence[bool]:
        return [False for _ in records]

    async with connection(service.pool) as db:
        await replay(db, [A])
        assert (await replay_once(db, lose))[0] == 0
        assert (await progress(db)).left == 1


async def test_one_relay_leads_and_a_standby_takes_over_when_it_is_killed(service: OneService) -> None:
    bus = MemoryBus()
    leaders: list[asyncpg.Connection[Any]] = []

    async def direct() -> asyncpg.Connection[Any]:
        leaders.append(await connect(service.dsn, Service.MEMBERS))
        return leaders[-1]

    relays = [Relay(Service.MEMBERS, direct) for _ in range(2)]
    running = [asyncio.create_task(relay.run(bus.publish)) for relay in relays]
    try:
        async with asyncio.timeout(30):
            while not any(relay.leads for relay in relays):
                await asyncio.sleep(0.01)
            first = next(relay for relay in relays if relay.leads)
            await service.handle(word("one"), A)
            while len(bus.log["members.events"]) < 1:
                await asyncio.sleep(0.01)
            assert sum(relay.leads for relay in relays) == 1
            running[relays.index(first)].cancel()
            await asyncio.wait([running[relays.index(first)]])
            await service.handle(word("two"), A)
            while len(bus.log["members.events"]) < 2:
                await asyncio.sleep(0.01)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    # The new leader repeats a message that the killed relay had published and not yet removed. Its number is the same.
    assert list(dict.fromkeys(names(bus))) == ["one", "two"]


async def test_a_relay_returns_for_how_long_nothing_was_acknowledged(service: OneService) -> None:
    relay = Relay(Service.MEMBERS, lambda: connect(service.dsn, Service.MEMBERS))
    relay._note(ok=False)
    assert relay.stalled_for() >= 0
    relay._note(ok=True)
    assert relay.stalled_for() == 0.0


async def test_the_bus_in_memory_delivers_a_message_as_it_was_published(service: OneService) -> None:
    await service.handle(word("one"), A)
    bus = MemoryBus()
    async with connection(service.pool) as db:
        await run_once(db, bus.publish)
    [record] = bus.poll("anyone", ["members.events"])
    assert read_record(record).data.name == "one"


async def test_a_relay_whose_connection_is_killed_in_the_middle_of_a_statement_connects_again(
    service: OneService,
) -> None:
    await service.handle(word("one"), A)
    bus = MemoryBus()
    killed = [asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")]

    async def reach() -> asyncpg.Connection[Any]:
        if killed:
            raise killed.pop()
        return await connect(service.dsn, Service.MEMBERS)

    relay = Relay(Service.MEMBERS, reach)
    running = asyncio.create_task(relay.run(bus.publish))
    async with asyncio.timeout(20):
        while not any(bus.log.values()):
            relay.wake()
            await asyncio.sleep(0.01)
    relay.stop()
    await running


@asynccontextmanager
async def leading(service: OneService, publish: Publish) -> AsyncIterator[Relay]:
    """Run a relay of the service that leads and has found nothing in the outbox, and hand it each commit."""
    relay = Relay(Service.MEMBERS, lambda: connect(service.dsn, Service.MEMBERS))
    service.runtime.wakes(relay, lambda: None)
    running = asyncio.create_task(relay.run(publish))
    try:
        async with asyncio.timeout(30):
            while not relay.leads:
                await asyncio.sleep(0.01)
            yield relay
        relay.stop()
        await running
    finally:
        running.cancel()


async def listed(service: OneService) -> int:
    """How many messages the relay has still to publish, or has not forgotten."""
    return int(await service.pool.fetchval("SELECT count(*) FROM unsent"))


async def test_what_this_process_commits_is_published_from_memory_and_forgotten(service: OneService) -> None:
    bus = MemoryBus()
    async with leading(service, bus.publish) as relay:
        await service.handle(word("one"), A)
        while names(bus) != ["one"]:
            await asyncio.sleep(0.01)
        stored = await service.pool.fetchrow("SELECT * FROM outbox")
        assert stored is not None
        row = Row(*(stored[name] for name in Row._fields))
        relay.offer([row._replace(id=row.id + 1)])  # the outbox does not have it
        while names(bus) != ["one", "one"]:
            await asyncio.sleep(0.01)
        while await listed(service):
            await asyncio.sleep(0.01)


async def test_after_a_fault_the_outbox_is_read_and_nothing_is_missed(service: OneService) -> None:
    bus = MemoryBus()
    tries: list[int] = []

    async def lose_at_first(records: Sequence[Outgoing]) -> Sequence[bool | str]:
        tries.append(len(records))
        return await bus.publish(records) if len(tries) > 2 else [False for _ in records]

    async with leading(service, lose_at_first):
        for text in ("one", "two", "three"):
            await service.handle(word(text), A)
        while names(bus) != ["one", "two", "three"] or await listed(service):
            await asyncio.sleep(0.01)


async def test_more_than_the_memory_takes_is_read_from_the_outbox(
    service: OneService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.relay.MOST_FRESH", 1)
    bus, goes_on = MemoryBus(), asyncio.Event()

    async def publish(records: Sequence[Outgoing]) -> Sequence[bool | str]:
        await goes_on.wait()
        return await bus.publish(records)

    async with leading(service, publish):
        for text in ("one", "two", "three", "four"):
            await service.handle(word(text), A)
        goes_on.set()
        while names(bus) != ["one", "two", "three", "four"]:
            await asyncio.sleep(0.01)


async def test_another_process_s_commit_is_read_from_the_outbox(service: OneService) -> None:
    bus = MemoryBus()
    async with leading(service, bus.publish) as relay:
        service.runtime.wakes(Relay(Service.MEMBERS, relay._connect), lambda: None)
        await service.handle(word("from elsewhere"), A)
        while names(bus) != ["from elsewhere"]:
            await asyncio.sleep(0.01)


class Leader(Relay):
    """A relay that leads without a lease; time stands still for it."""

    def __init__(self) -> None:
        super().__init__(Service.MEMBERS, no_connection, clock=lambda: 1.0)

    @property
    def leads(self) -> bool:
        """It does."""
        return True


async def no_connection() -> asyncpg.Connection[Any]:
    """The rounds of a `Leader` are given theirs."""
    raise NotImplementedError


async def test_what_another_process_commits_while_the_outbox_is_read_waits_for_no_second(service: OneService) -> None:
    """Its notification was forgotten when nothing had been found, and the next look was a second later."""
    bus, relay, commits = MemoryBus(), Leader(), ["from elsewhere"]
    async with connection(service.pool) as db:

        class Overtaken:
            execute = db.execute

            async def fetch(self, *statement: Any) -> Any:  # noqa: ANN401  as asyncpg's
                rows = await db.fetch(*statement)
                while commits:
                    await service.handle(word(commits.pop()), A)
                    relay.notified("")
                return rows

        overtaken: Any = Overtaken()
        await relay.round(overtaken, bus.publish)
        await relay.round(overtaken, bus.publish)
    assert names(bus) == ["from elsewhere"]


async def test_an_agency_whose_record_is_refused_waits_and_no_other_does(service: OneService) -> None:
    await service.handle(word("too large"), A)
    await service.handle(word("fine"), B)
    await service.handle(word("later"), A)
    bus = MemoryBus()
    rounds: list[list[str]] = []

    async def refuse_the_large(records: Sequence[Outgoing]) -> Sequence[bool | str]:
        rounds.append([record.value.decode() for record in records])
        fine = [record for record in records if b"too large" not in record.value]
        await bus.publish(fine)
        return ["MessageSizeTooLargeError" if record not in fine else True for record in records]

    held = Held()
    async with connection(service.pool) as db:
        assert await run_once(db, refuse_the_large, held=held) == 2
        assert list(held) == [A]
        await service.handle(word("also fine"), B)
        await service.handle(word("behind"), A)
        assert await run_once(db, refuse_the_large, held=held) == 1
        assert "too large" not in "".join(rounds[1]), "it is not tried again each round"
        assert await run_once(db, bus.publish, held=Held()) == 2, "an operator has helped"
    assert names(bus) == ["fine", "later", "also fine", "too large", "behind"]
