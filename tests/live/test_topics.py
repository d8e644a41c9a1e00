"""One odd setting of a topic is named at the start, repaired by `provision`, or read all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic

from contracts.topics import MAX_MESSAGE_BYTES, PARTITIONS, RETENTION_MS
from services.cli.topics import Provisioned, provision
from tests.support.servers import Kafka
from transport.access import KafkaAccess
from transport.records import Record
from transport.subscription import Subscription
from transport.topics import TopicError, administration, check_topics, read_topics

pytestmark = pytest.mark.live


async def make(kafka: Kafka, partitions: int = PARTITIONS, **settings: str) -> str:
    name = f"topic-{uuid4().hex}"
    configs = {key.replace("_", "."): value for key, value in settings.items()}
    async with administration(KafkaAccess(kafka.bootstrap)) as admin:
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
        while not await read_topics(admin, [name]):
            await asyncio.sleep(0.05)
    return name


async def provisioned(kafka: Kafka, *names: str, replication: int = 1) -> Provisioned:
    return await provision(
        KafkaAccess(kafka.bootstrap), names, partitions=PARTITIONS, replication=replication, retention_ms=RETENTION_MS
    )


async def test_a_missing_topic_is_named_at_the_start_and_made_by_provision(kafka: Kafka) -> None:
    name = f"topic-{uuid4().hex}"
    with pytest.raises(TopicError, match=f"Topic {name}: it does not exist"):
        await check_topics(KafkaAccess(kafka.bootstrap), [name])
    assert (await provisioned(kafka, name)).made == [name]
    await check_topics(KafkaAccess(kafka.bootstrap), [name])
    again = await provisioned(kafka, name)
    assert (again.made, again.repaired, again.differing) == ([], [], [])


async def test_a_topic_that_takes_too_little_is_named_at_the_start_and_repaired_beside_its_other_settings(
    kafka: Kafka,
) -> None:
    name = await make(kafka, max_message_bytes="1000", compression_type="lz4", segment_ms="7777777")
    with pytest.raises(TopicError, match=r"max\.message\.bytes, 1000, is below"):
        await check_topics(KafkaAccess(kafka.bootstrap), [name])
    repaired = (await provisioned(kafka, name)).repaired
    assert f"{name}: max.message.bytes was 1000, is {MAX_MESSAGE_BYTES}" in repaired
    assert f"{name}: compression.type was lz4, is producer" in repaired
    await check_topics(KafkaAccess(kafka.bootstrap), [name])
    async with administration(KafkaAccess(kafka.bootstrap)) as admin:
        [topic] = (await read_topics(admin, [name])).values()
    assert topic.own["segment.ms"] == "7777777"
    assert topic.own["max.message.bytes"] == str(MAX_MESSAGE_BYTES)


async def test_another_number_of_partitions_is_named_and_never_repaired(kafka: Kafka) -> None:
    name = await make(kafka, partitions=3)
    with pytest.raises(TopicError, match="it has 3 partitions instead of 24"):
        await check_topics(KafkaAccess(kafka.bootstrap), [name])
    [difference] = (await provisioned(kafka, name)).differing
    assert difference.startswith(f"{name}: 3 partitions instead of 24.")


async def test_a_request_for_three_copies_of_a_topic_with_one_is_not_nothing_to_do(kafka: Kafka) -> None:
    name = await make(kafka)
    [difference] = (await provisioned(kafka, name, replication=3)).differing
    assert difference.startswith(f"{name}: replication 1 instead of 3.")


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
async def test_records_that_the_broker_compresses_are_read(kafka: Kafka, compression: str) -> None:
    name = await make(kafka, compression_type=compression)
    await check_topics(KafkaAccess(kafka.bootstrap), [name])
    values: list[bytes | None] = []
    read = asyncio.Event()

    async def handle(records: Sequence[Record]) -> None:
        values.extend(record.value for record in records)
        read.set()

    subscription = Subscription(KafkaAccess(kafka.bootstrap), f"group-{uuid4().hex}", [name], handle, session_timeout=6)
    running = asyncio.create_task(subscription.run())
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(name, b"a message " * 100)
        async with asyncio.timeout(60):
            await read.wait()
    finally:
        await producer.stop()
        await subscription.stop()
        await asyncio.gather(running, return_exceptions=True)
    assert values == [b"a message " * 100]
