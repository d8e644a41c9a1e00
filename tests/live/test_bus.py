"""The bus on a real Kafka: every record heard in order, whatever happens to the broker or the group."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.bus import Subscription, is_nobody, partitions_of, provision
from chassis.inbox import Inbox
from chassis.producer import Producer
from chassis.rebuilding import numbers_on_bus
from chassis.records import Outgoing, Record
from contracts.vocabulary import Service
from deploy.local.kafka import KafkaServer
from tests.chassis.test_inbox import word
from tests.support.bus import outgoing
from tests.support.databases import Databases
from tests.support.one_service import OneService
from tests.support.sample_service import migrate_sample, sample_service
from tests.support.servers import Kafka, kafka_for_tests

pytestmark = pytest.mark.live

TOPICS = ["members.commands", "seats.events", "stripe.events"]
AGENCIES = [uuid4() for _ in range(7)]


@pytest.fixture
async def own_kafka(servers_folder: Path) -> AsyncIterator[Kafka]:
    """A broker that this test may kill."""
    server = kafka_for_tests(servers_folder / f"kafka-{uuid4()}")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def service(databases: Databases) -> AsyncIterator[OneService]:
    url = await databases.fresh(await databases.template("tally", migrate_sample))
    one = await OneService.open(sample_service(), url)
    yield one
    await one.close()
    await databases.drop(url)


def records(service: OneService, first: int, count: int) -> list[Outgoing]:
    published = [service.voice.record(word(f"{n}"), AGENCIES[n % 7]) for n in range(first, first + count)]
    return [outgoing(record) for record in published]


async def handled(service: OneService) -> dict[UUID, list[int]]:
    rows = await service.pool.fetch("SELECT agency_id, word FROM words ORDER BY place")
    return {agency: [int(row["word"]) for row in rows if row["agency_id"] == agency] for agency in AGENCIES}


async def until_heard(service: OneService, count: int) -> None:
    async with asyncio.timeout(60):
        while await service.pool.fetchval("SELECT count(*) FROM words") < count:
            await asyncio.sleep(0.05)


async def test_every_record_is_heard_once_and_in_order_through_a_killed_broker_and_a_second_replica(
    own_kafka: Kafka, service: OneService
) -> None:
    await provision(own_kafka.bootstrap, TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    producer = Producer(own_kafka.bootstrap, "test")
    first, second = (
        Subscription(own_kafka.bootstrap, "members", TOPICS, Inbox(service.runtime).handle, session_timeout=6)
        for _ in range(2)
    )
    try:
        await first.start()
        assert all(await producer.publish(records(service, 0, 1000)))
        await until_heard(service, 1000)
        await second.start()
        assert all(await producer.publish(records(service, 1000, 1000)))
        await until_heard(service, 2000)
        await own_kafka.kill()
        lost = records(service, 2000, 500)
        assert not any(await producer.publish(lost))
        await own_kafka.restart()
        async with asyncio.timeout(60):
            while not all(await producer.publish(lost)):
                pass
        await until_heard(service, 2500)
        await first.stop()
        assert all(await producer.publish(records(service, 2500, 100)))
        await until_heard(service, 2600)
        assert await handled(service) == {agency: list(range(n, 2600, 7)) for n, agency in enumerate(AGENCIES)}
        assert first.assigned() == 0
        async with asyncio.timeout(60):
            # What is heard may be in the half that it had already: it takes over the rest once the group has noticed.
            while second.assigned() != 24 * len(TOPICS):
                await asyncio.sleep(0.05)
    finally:
        await first.stop()
        await second.stop()
        await producer.stop()


async def test_a_bus_that_lost_its_data_is_told_no_offset_of_the_old_one(
    servers_folder: Path, service: OneService
) -> None:
    """Whoever began at it would skip what was said anew. The batch that was being decided is decided all the same."""
    folder = servers_folder / f"kafka-{uuid4()}"
    kafka = KafkaServer(folder)
    goes_on = asyncio.Event()
    inbox = Inbox(service.runtime)

    async def handle(batch: Sequence[Record]) -> None:
        await goes_on.wait()
        await inbox.handle(batch)

    async def anew() -> None:
        await kafka.start()
        await provision(kafka.bootstrap, TOPICS, partitions=24, replication=1, retention_ms=3_600_000)

    await anew()
    producer = Producer(kafka.bootstrap, "test")
    ear = Subscription(kafka.bootstrap, "members", TOPICS, handle, session_timeout=6)
    try:
        await ear.start()
        assert all(await producer.publish(records(service, 0, 70)))
        async with asyncio.timeout(60):
            while ear.stuck_for() > 0 or not ear.assigned():
                await asyncio.sleep(0.05)
        await kafka.kill()
        shutil.rmtree(folder / "data")
        await anew()
        async with asyncio.timeout(60):
            while not is_nobody(ear._subscriber.consumer):
                await asyncio.sleep(0.05)
        goes_on.set()
        await until_heard(service, 70)
        async with asyncio.timeout(60):
            while is_nobody(ear._subscriber.consumer):
                await asyncio.sleep(0.05)
        assert await ahead(kafka.bootstrap) == {}
    finally:
        goes_on.set()
        await ear.stop()
        await producer.stop()
        await kafka.stop()


async def ahead(bootstrap: str) -> dict[TopicPartition, tuple[int, int]]:
    """Partitions of which more is committed than there is: how much, and how much there is."""
    admin, consumer = AIOKafkaAdminClient(bootstrap_servers=bootstrap), AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    try:
        ends = await consumer.end_offsets(await partitions_of(bootstrap, TOPICS))
        committed = await admin.list_consumer_group_offsets("members")
        pairs = {place: (one.offset, ends[place]) for place, one in committed.items()}
        return {place: pair for place, pair in pairs.items() if pair[0] > pair[1]}
    finally:
        await consumer.stop()
        await admin.close()


async def test_a_service_that_lost_its_schema_finds_its_highest_numbers_on_the_bus(
    own_kafka: Kafka, service: OneService
) -> None:
    """Also what nobody has heard: numbered anew from below, its next messages would be taken for those."""
    await provision(own_kafka.bootstrap, TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    producer = Producer(own_kafka.bootstrap, "test")
    try:
        assert all(await producer.publish(records(service, 0, 30)))
    finally:
        await producer.stop()
    topic = word("any").topic
    found = await numbers_on_bus(own_kafka.bootstrap, [topic, "nobody.events"], Service.GATEWAY)
    assert found == {(agency, topic): len(range(n, 30, 7)) for n, agency in enumerate(AGENCIES)}
    assert await numbers_on_bus(own_kafka.bootstrap, [topic], Service.SEATS) == {}
