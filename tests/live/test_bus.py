"""The bus on a real Kafka: records are handled in order, through a killed broker and a group that changes."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.inbox import Inbox
from contracts.vocabulary import Service
from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from services.cli.known_numbers import KnownNumbers, Numbers
from services.cli.rebuilding import add_from_bus
from services.cli.topics import partitions_of, provision
from tests.chassis.test_inbox import word
from tests.support.bus import Sender, outgoing
from tests.support.databases import Databases
from tests.support.keys import TRUST
from tests.support.one_service import OneService
from tests.support.sample_service import migrate_sample, sample_service
from tests.support.servers import Kafka, kafka_for_tests
from transport.access import KafkaAccess
from transport.producer import Producer
from transport.records import Outgoing, Record
from transport.subscription import SILENCE, Subscription

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
    url = await databases.fresh(await databases.template("sample", migrate_sample))
    service = await OneService.open(sample_service(), url)
    yield service
    await service.close()
    await databases.drop(url)


def records(service: OneService, first: int, count: int) -> list[Outgoing]:
    published = [service.sender.record(word(f"{n}"), AGENCIES[n % 7]) for n in range(first, first + count)]
    return [outgoing(record) for record in published]


async def handled(service: OneService) -> dict[UUID, list[int]]:
    rows = await service.pool.fetch("SELECT agency_id, word FROM words ORDER BY place")
    return {agency: [int(row["word"]) for row in rows if row["agency_id"] == agency] for agency in AGENCIES}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.05)


async def until_handled(service: OneService, count: int) -> None:
    async with asyncio.timeout(60):
        while await service.pool.fetchval("SELECT count(*) FROM words") < count:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(subscription: Subscription) -> AsyncIterator[Subscription]:
    task = asyncio.create_task(subscription.run())
    yield subscription
    await subscription.stop()
    await task


async def test_one_of_several_addresses_is_enough(own_kafka: Kafka, service: OneService) -> None:
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    kafka = KafkaAccess(f"127.0.0.1:{free_port()},{own_kafka.bootstrap}")
    producer = Producer(kafka, "test")
    subscription = Subscription(kafka, "members", TOPICS, Inbox(service.runtime).handle, session_timeout=6)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(producer.stop)
        await stack.enter_async_context(running(subscription))
        assert all(await producer.publish(records(service, 0, 10)))
        await until_handled(service, 10)


async def test_records_are_handled_once_and_in_order_through_a_killed_broker_and_a_second_replica(
    own_kafka: Kafka, service: OneService
) -> None:
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    producer = Producer(KafkaAccess(own_kafka.bootstrap), "test")
    first, second = (
        Subscription(
            KafkaAccess(own_kafka.bootstrap), "members", TOPICS, Inbox(service.runtime).handle, session_timeout=6
        )
        for _ in range(2)
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(producer.stop)
        await stack.enter_async_context(running(first))
        assert all(await producer.publish(records(service, 0, 1000)))
        await until_handled(service, 1000)
        await stack.enter_async_context(running(second))
        assert all(await producer.publish(records(service, 1000, 1000)))
        await until_handled(service, 2000)
        await own_kafka.kill()
        lost = records(service, 2000, 500)
        assert not any(await producer.publish(lost))
        await own_kafka.restart()
        async with asyncio.timeout(60):
            while not all(await producer.publish(lost)):
                pass
        await until_handled(service, 2500)
        await first.stop()
        assert all(await producer.publish(records(service, 2500, 100)))
        await until_handled(service, 2600)
        assert await handled(service) == {agency: list(range(n, 2600, 7)) for n, agency in enumerate(AGENCIES)}
        assert first.assigned() == 0
        # The second replica may have handled these records on partitions it already had. It gets the others once the
        # group has noticed that the first is gone.
        await until(lambda: second.assigned() == 24 * len(TOPICS))


async def test_a_bus_without_its_data_gets_no_offset_of_the_lost_bus(servers_folder: Path, service: OneService) -> None:
    """A consumer that began at the old offset would skip new records. The inbox still decides the batch underway."""
    folder = servers_folder / f"kafka-{uuid4()}"
    kafka = KafkaServer(folder)
    begun, may_go_on = asyncio.Event(), asyncio.Event()
    inbox = Inbox(service.runtime)

    async def handle(batch: Sequence[Record]) -> None:
        begun.set()
        await may_go_on.wait()
        await inbox.handle(batch)

    async def start_empty() -> None:
        await kafka.start()
        await provision(KafkaAccess(kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)

    await start_empty()
    producer = Producer(KafkaAccess(kafka.bootstrap), "test")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(kafka.stop)
        stack.push_async_callback(producer.stop)
        subscription = Subscription(KafkaAccess(kafka.bootstrap), "members", TOPICS, handle, session_timeout=6)
        await stack.enter_async_context(running(subscription))
        stack.callback(may_go_on.set)
        assert all(await producer.publish(records(service, 0, 70)))
        await asyncio.wait_for(begun.wait(), 60)
        await kafka.kill()
        shutil.rmtree(folder / "data")
        await start_empty()
        await until(lambda: not subscription.is_member())
        may_go_on.set()
        await until_handled(service, 70)
        await until(subscription.is_member)
        assert await ahead(kafka.bootstrap) == {}


async def test_offsets_are_acknowledged_once_a_second_and_at_the_end(own_kafka: Kafka, service: OneService) -> None:
    """The last records before a silence are acknowledged too: otherwise the group's lag would never become 0."""
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    producer = Producer(KafkaAccess(own_kafka.bootstrap), "test")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(producer.stop)
        subscription = Subscription(
            KafkaAccess(own_kafka.bootstrap), "members", TOPICS, Inbox(service.runtime).handle, session_timeout=6
        )
        async with running(subscription):
            await until(subscription.is_member)
            assert all(await producer.publish(records(service, 0, 70)))
            await until_handled(service, 70)
            async with asyncio.timeout(10):
                while await acknowledged(own_kafka.bootstrap) < 70:
                    await asyncio.sleep(0.1)
            assert all(await producer.publish(records(service, 70, 7)))
            await until_handled(service, 77)
        assert await acknowledged(own_kafka.bootstrap) == 77


async def test_a_batch_that_raises_ends_the_subscription_and_is_not_acknowledged(
    own_kafka: Kafka, service: OneService
) -> None:
    """Only a bug raises. The process ends too, so that an operator looks; a later batch must not hide it."""
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    producer = Producer(KafkaAccess(own_kafka.bootstrap), "test")
    handled_batches: list[Sequence[Record]] = []

    async def handle(batch: Sequence[Record]) -> None:
        handled_batches.append(batch)
        raise RuntimeError("a bug of ours")

    async with AsyncExitStack() as stack:
        stack.push_async_callback(producer.stop)
        subscription = Subscription(KafkaAccess(own_kafka.bootstrap), "members", TOPICS, handle, session_timeout=6)
        task = asyncio.create_task(subscription.run())
        stack.push_async_callback(subscription.stop)
        assert all(await producer.publish(records(service, 0, 7)))
        with pytest.raises(RuntimeError, match="a bug of ours"):
            await asyncio.wait_for(task, 60)
        assert all(await producer.publish(records(service, 7, 7)))
        await asyncio.sleep(1)
    assert len(handled_batches) == 1
    assert await acknowledged(own_kafka.bootstrap) == 0


async def test_a_consumer_is_stuck_only_while_kafka_answers_and_it_does_not_poll(own_kafka: Kafka) -> None:
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)

    async def handle(_: Sequence[Record]) -> None: ...

    subscription = Subscription(KafkaAccess(own_kafka.bootstrap), "members", TOPICS, handle, session_timeout=6)
    assert await subscription.stuck_for() == 0
    async with running(subscription):
        await until(subscription.is_member)
        joined = subscription.polled_at()
        await until(lambda: subscription.polled_at() > joined + 1)  # without a record
        await own_kafka.kill()
        await asyncio.sleep(SILENCE + 1)
        assert time.time() - subscription.polled_at() > SILENCE
        assert await subscription.stuck_for() == 0, "Kafka is away, and the consumer is not stuck"


async def test_a_consumer_is_stuck_when_there_are_records_and_none_is_decided(
    service: OneService, own_kafka: Kafka
) -> None:
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    decided = asyncio.Event()

    async def handle(_: Sequence[Record]) -> None:
        await decided.wait()

    subscription = Subscription(KafkaAccess(own_kafka.bootstrap), "members", TOPICS, handle, session_timeout=6)
    producer = Producer(KafkaAccess(own_kafka.bootstrap), "test")
    async with running(subscription):
        await until(subscription.is_member)
        assert await subscription.stuck_for() == 0
        assert all(await producer.publish(records(service, 0, 7)))
        async with asyncio.timeout(60):
            while not await subscription.stuck_for():
                await asyncio.sleep(0.5)
        decided.set()
        async with asyncio.timeout(60):
            while await subscription.stuck_for():
                await asyncio.sleep(0.5)
    await producer.stop()


async def acknowledged(bootstrap: str) -> int:
    """Return how many records the group has acknowledged."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return sum(place.offset for place in (await admin.list_consumer_group_offsets("members")).values())
    finally:
        await admin.close()


async def ahead(bootstrap: str) -> dict[TopicPartition, tuple[int, int]]:
    """Return the partitions whose committed offset is beyond their end, each with both offsets."""
    admin, consumer = AIOKafkaAdminClient(bootstrap_servers=bootstrap), AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    try:
        ends = await consumer.end_offsets(await partitions_of(KafkaAccess(bootstrap), TOPICS))
        committed = await admin.list_consumer_group_offsets("members")
        pairs = {place: (metadata.offset, ends[place]) for place, metadata in committed.items()}
        return {place: pair for place, pair in pairs.items() if pair[0] > pair[1]}
    finally:
        await consumer.stop()
        await admin.close()


async def test_a_service_that_lost_its_schema_finds_its_highest_numbers_on_the_bus(
    own_kafka: Kafka, service: OneService
) -> None:
    """Records that nobody has handled count too: a new message with a used number would be skipped as a duplicate.

    A record without the gateway's MAC does not, nor one that its alleged sender may not send.
    """
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    producer = Producer(KafkaAccess(own_kafka.bootstrap), "test")
    forged = outgoing(Sender().record(word("forged"), AGENCIES[0], seq=2**62))
    foreign = outgoing(Sender().record(word("foreign"), AGENCIES[0], seq=2**62))._replace(topic="seats.events")
    try:
        assert all(await TRUST.signing(producer.publish)(records(service, 0, 30)))
        assert all(await producer.publish([forged, foreign]))
    finally:
        await producer.stop()
    topic = word("any").topic

    async def found(sender: Service, *topics: str) -> tuple[Numbers, int]:
        known = KnownNumbers()
        unbelieved = await add_from_bus(known, KafkaAccess(own_kafka.bootstrap), topics, sender, TRUST)
        return known.highest(), unbelieved

    numbers = {(agency, topic): len(range(n, 30, 7)) for n, agency in enumerate(AGENCIES)}
    assert await found(Service.GATEWAY, topic, "seats.events", "unknown.events") == (numbers, 2)
    assert await found(Service.SEATS, topic) == ({}, 1)


async def test_a_record_that_the_broker_refuses_is_found_among_those_of_its_partition(
    own_kafka: Kafka, service: OneService
) -> None:
    """The topic takes less than we send, as after a change of its settings under way."""
    await provision(KafkaAccess(own_kafka.bootstrap), TOPICS, partitions=24, replication=1, retention_ms=3_600_000)
    admin = AIOKafkaAdminClient(bootstrap_servers=own_kafka.bootstrap)
    await admin.start()
    setting = {"max.message.bytes": "20000"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "members.commands", setting)])
    await admin.close()
    producer = Producer(KafkaAccess(own_kafka.bootstrap), "test")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(producer.stop)
        made = [outgoing(service.sender.record(word("y"), AGENCIES[0])) for _ in "abc"]
        *small, large = [record._replace(topic="members.commands") for record in made]
        large = large._replace(value=b"x" * 30_000)
        async with asyncio.timeout(60):  # the broker applies a setting a moment later
            while (answers := await producer.publish([small[0], large, small[1]])) == [True, True, True]:
                await asyncio.sleep(0.05)
        assert answers == [False, False, False], "they went together"
        answers = await producer.publish([small[0], large])
        assert answers == [True, "MessageSizeTooLargeError"]
        assert await producer.publish([small[1]]) == [True]
