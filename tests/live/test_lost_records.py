"""Records that were deleted on a real Kafka before a stopped service read them come again when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from chassis.relay import Relay
from contracts.topics import RESENDS
from contracts.vocabulary import Service
from database.postgres import connect
from hosting.gaps import ROUND_SECONDS, Gaps
from services.cli.topics import provision
from tests.chassis.test_gaps import TOPIC, migrate_two, subscriber_of_words
from tests.chassis.test_inbox import word, words
from tests.live.test_bus import running
from tests.support.databases import Databases
from tests.support.one_service import OneService
from tests.support.sample_service import sample_service
from tests.support.servers import Kafka, kafka_for_tests
from transport.access import KafkaAccess
from transport.producer import Producer
from transport.subscription import Subscription
from transport.topics import administration

pytestmark = [pytest.mark.live, pytest.mark.slow]

AGENCIES = [uuid4() for _ in range(5)]
TOPICS = [TOPIC, RESENDS]


@pytest.fixture
async def kafka_access(servers_folder: Path) -> AsyncIterator[KafkaAccess]:
    server: Kafka = kafka_for_tests(servers_folder / f"kafka-{uuid4()}")
    await server.start()
    access = KafkaAccess(server.bootstrap)
    await provision(access, TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    yield access
    await server.stop()


@pytest.fixture
async def services(databases: Databases) -> AsyncIterator[tuple[OneService, OneService]]:
    url = await databases.fresh(await databases.template("two sample services", migrate_two))
    sender = await OneService.open(sample_service(), url)
    subscriber = await OneService.open(subscriber_of_words(), url, sender.clock)
    yield sender, subscriber
    await sender.close()
    await subscriber.close()
    await databases.drop(url)


async def delete_everything(access: KafkaAccess, topic: str) -> None:
    """Delete the records of a topic, as its retention or an operator does."""
    async with administration(access) as admin:
        await admin.delete_records({TopicPartition(topic, number): RecordsToDelete(-1) for number in range(24)})


@pytest.mark.parametrize("later", [("four",), ()], ids=["and one was published later", "and nothing shows it"])
async def test_records_deleted_before_a_stopped_service_reads_them_arrive_when_it_is_back(
    kafka_access: KafkaAccess, services: tuple[OneService, OneService], later: tuple[str, ...]
) -> None:
    sender, subscriber = services
    producer = Producer(kafka_access, "test")
    relay = Relay(Service.MEMBERS, lambda: connect(sender.dsn, Service.MEMBERS))
    relaying = asyncio.create_task(relay.run(producer.publish))
    gaps = [Gaps(service.runtime, producer.publish, service.inbox.handle) for service in services]

    def subscription(index: int) -> Subscription:
        name = services[index].runtime.definition.service.value
        return Subscription(kafka_access, name, TOPICS[1 - index :], gaps[index].handle, session_timeout=6)

    async def say(*texts: str) -> None:
        for agency in AGENCIES:
            await sender.handle_records([sender.sender.record(word(text), agency) for text in texts])
        relay.wake()
        async with asyncio.timeout(60):
            while await sender.pool.fetchval("SELECT count(*) FROM unsent"):
                await asyncio.sleep(0.05)

    async def until_written(*expected: str) -> None:
        async def written() -> dict[UUID, list[str]]:
            return {agency: await words(subscriber, agency) for agency in AGENCIES}

        async with asyncio.timeout(60):
            while await written() != {agency: list(expected) for agency in AGENCIES}:
                sender.clock.advance(ROUND_SECONDS)
                for part in gaps:
                    await part.run_once()
                await asyncio.sleep(0.5)

    async with AsyncExitStack() as stack:
        stack.push_async_callback(producer.stop)
        await stack.enter_async_context(running(subscription(0)))
        async with running(subscription(1)):
            await say("one")
            await until_written("one")
        await say("two", "three")
        await delete_everything(kafka_access, TOPIC)
        await say(*later)
        await stack.enter_async_context(running(subscription(1)))
        await until_written("one", "two", "three", *later)
        relay.stop()
        await relaying
