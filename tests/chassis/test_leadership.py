"""A lead passes to another replica when its holder is lost without a word, and the holder then has no effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from chassis.relay import Relay, run_once
from contracts.vocabulary import Service
from database import leadership
from database.postgres import connect, connection
from hosting import jobs
from hosting.jobs import Job, Jobs
from tests.chassis.test_inbox import A, word
from tests.support.bus import MemoryBus
from tests.support.network import Network, network_to
from tests.support.one_service import OneService
from transport.records import Outgoing


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadership, "LEASE_SECONDS", 0.5)
    for module in (leadership, jobs):
        monkeypatch.setattr(module, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(jobs, "STANDBY_SECONDS", 0.1)


@asynccontextmanager
async def lossy(service: OneService) -> AsyncIterator[tuple[Network, Callable[[], Awaitable[asyncpg.Connection[Any]]]]]:
    """A network to the service's Postgres, and how to connect through it."""
    address = urlsplit(service.dsn)
    async with network_to(address.hostname or "", address.port or 0) as network:
        through = address._replace(netloc=address.netloc.replace(f":{address.port}", f":{network.port}")).geturl()
        yield network, lambda: connect(through, Service.MEMBERS)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("short_leases")
async def test_a_standby_leads_when_the_leader_is_lost_without_a_word_and_the_leader_publishes_nothing_later(
    service: OneService,
) -> None:
    first_bus, second_bus = MemoryBus(), MemoryBus()
    async with lossy(service) as (network, through):
        first = Relay(Service.MEMBERS, through)
        second = Relay(Service.MEMBERS, lambda: connect(service.dsn, Service.MEMBERS))
        tasks = [asyncio.create_task(first.run(first_bus.publish))]
        try:
            await until(lambda: first.leads)
            tasks.append(asyncio.create_task(second.run(second_bus.publish)))
            network.lose()
            await service.handle(word("one"), A)
            await until(lambda: len(second_bus.log["members.events"]) == 1)
            assert second.leads
            assert not first.leads
            network.find()
            await service.handle(word("two"), A)
            await until(lambda: len(second_bus.log["members.events"]) == 2)
            assert not first.leads
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert first_bus.log["members.events"] == []


async def test_a_relay_that_lost_the_lead_while_it_read_publishes_nothing(service: OneService) -> None:
    await service.handle(word("one"), A)
    bus = MemoryBus()
    async with connection(service.pool) as db:
        assert await run_once(db, bus.publish, leads=lambda: False) == 0
        assert bus.log["members.events"] == []
        assert await run_once(db, bus.publish) == 1


@pytest.mark.usefixtures("short_leases")
async def test_a_lease_is_taken_at_once_when_the_session_of_its_holder_has_ended(
    service: OneService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "LEASE_SECONDS", 3600.0)
    first, second = (leadership.Leadership("work", Service.MEMBERS, unused) for _ in range(2))
    one, two = [await connect(service.dsn, Service.MEMBERS) for _ in range(2)]
    try:
        assert await first.renew(one)
        assert not await second.renew(two)
        await one.close()
        await until_taken(second, two)
    finally:
        await two.close()


async def unused() -> asyncpg.Connection[Any]:
    raise AssertionError("each lease is renewed on a connection of the test")


@pytest.mark.usefixtures("short_leases")
async def test_a_job_is_given_up_when_its_replica_is_lost_and_another_replica_runs_it(service: OneService) -> None:
    given_up, taken_over = asyncio.Event(), asyncio.Event()

    async def long(_: object) -> float:
        try:
            return await asyncio.sleep(3600, 0.0)
        finally:
            given_up.set()

    async def short(_: object) -> float:
        taken_over.set()
        return 3600.0

    async with lossy(service) as (network, through):
        first = Jobs(Service.MEMBERS, [Job("long", long)], service.runtime, through)
        second = Jobs(
            Service.MEMBERS, [Job("short", short)], service.runtime, lambda: connect(service.dsn, Service.MEMBERS)
        )
        tasks = [asyncio.create_task(first.run())]
        try:
            await until(lambda: first.leads)
            tasks.append(asyncio.create_task(second.run()))
            network.lose()
            async with asyncio.timeout(60):
                await taken_over.wait()
                await given_up.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.usefixtures("short_leases")
async def test_a_relay_keeps_its_lead_while_kafka_takes_long_to_acknowledge(service: OneService) -> None:
    answered, bus = asyncio.Event(), MemoryBus()

    async def publish_late(records: Sequence[Outgoing]) -> Sequence[bool | str]:
        await answered.wait()
        return await bus.publish(records)

    relay = Relay(Service.MEMBERS, lambda: connect(service.dsn, Service.MEMBERS))
    await service.handle(word("one"), A)
    running = asyncio.create_task(relay.run(publish_late))
    try:
        async with connection(service.pool) as db, asyncio.timeout(30):
            ends: set[object] = set()
            while len(ends) < 12:  # renewed for longer than one lease lasts
                ends.add(await db.fetchval("SELECT until FROM leases WHERE work = 'relay'"))
                await asyncio.sleep(0.01)
            assert relay.leads
        answered.set()
        await until(lambda: len(bus.log["members.events"]) == 1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until_taken(work: leadership.Leadership, db: asyncpg.Connection[Any]) -> None:
    """The server ends a session a moment after its client has closed it."""
    async with asyncio.timeout(30):
        while not await work.renew(db):
            await asyncio.sleep(0.01)


async def test_a_session_whose_machine_is_lost_is_ended_by_the_server_in_seconds(service: OneService) -> None:
    async with connection(service.pool) as db:
        rows = await db.fetch("SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp%'")
    settings = {row["name"]: int(row["setting"]) for row in rows}
    idle, interval = settings["tcp_keepalives_idle"], settings["tcp_keepalives_interval"]
    assert idle + interval * settings["tcp_keepalives_count"] < leadership.LEASE_SECONDS
    assert settings["tcp_user_timeout"] < leadership.LEASE_SECONDS * 1000
