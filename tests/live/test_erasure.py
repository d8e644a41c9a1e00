"""Records of an erased person on a real Kafka: deleted up to what every group has read, and no further."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from hosting.erasure import partition_of
from services.cli.topics import provision
from tests.support.servers import Kafka, kafka_for_tests
from transport.access import KafkaAccess
from transport.deletion import KafkaDeletion
from transport.producer import Producer
from transport.records import Outgoing

pytestmark = [pytest.mark.live, pytest.mark.slow]

EVENTS, COMMANDS = "members.events", "members.commands"
AGENCY = UUID("019a9f00-0000-7000-8000-00000000a001")
PARTITION = partition_of(AGENCY)


@pytest.fixture
async def access(servers_folder: Path) -> AsyncIterator[KafkaAccess]:
    server: Kafka = kafka_for_tests(servers_folder / f"kafka-{uuid4()}")
    await server.start()
    kafka = KafkaAccess(server.bootstrap)
    await provision(kafka, [EVENTS, COMMANDS], partitions=24, replication=1, retention_ms=3_600_000)
    yield kafka
    await server.stop()


async def publish(access: KafkaAccess, topic: str, *texts: str) -> None:
    producer = Producer(access, "test")
    try:
        records = [Outgoing(topic, str(AGENCY).encode(), text.encode(), []) for text in texts]
        assert await producer.publish(records) == [True] * len(texts)
    finally:
        await producer.stop()


async def texts_left(access: KafkaAccess, topic: str) -> list[str]:
    """Return what a new reader of the agency's partition finds."""
    place = TopicPartition(topic, PARTITION)
    consumer = AIOKafkaConsumer(bootstrap_servers=access.bootstrap, **access.options)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        texts = []
        while await consumer.position(place) < end:
            texts += [
                (record.value or b"").decode() for record in (await consumer.getmany(timeout_ms=500)).get(place, [])
            ]
        return texts
    finally:
        await consumer.stop()


async def read_up_to(access: KafkaAccess, group: str, offset: int) -> None:
    """Acknowledge so many records of the agency's events in the name of a group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=access.bootstrap, group_id=group, enable_auto_commit=False, **access.options
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(EVENTS, PARTITION)])
        async with asyncio.timeout(30):
            await consumer.commit({TopicPartition(EVENTS, PARTITION): offset})
    finally:
        await consumer.stop()


async def test_records_are_deleted_as_far_as_every_group_has_read_them_and_later_ones_stay(
    access: KafkaAccess,
) -> None:
    await publish(access, EVENTS, "nia signed up", "nia is active", "nia is removed")
    await publish(access, COMMANDS, "remove nia")
    deletion = KafkaDeletion(access, ["seats", "gateway", "billing"])
    ends = await deletion.ends([EVENTS, COMMANDS], PARTITION)
    assert ends == {EVENTS: 3, COMMANDS: 1}
    await publish(access, EVENTS, "somebody else signed up")
    await read_up_to(access, "seats", 4)
    await read_up_to(access, "gateway", 1)
    # billing has never read the topic: it asks the sender for what it lacks.
    assert await deletion.delete_read(ends, PARTITION) == {EVENTS: 3}
    assert await texts_left(access, EVENTS) == ["nia is active", "nia is removed", "somebody else signed up"]
    assert await texts_left(access, COMMANDS) == []
    await read_up_to(access, "gateway", 3)
    assert await deletion.delete_read(ends, PARTITION) == {}
    assert await texts_left(access, EVENTS) == ["somebody else signed up"]
    assert await deletion.delete_read(ends, PARTITION) == {}, "a second time changes nothing"
