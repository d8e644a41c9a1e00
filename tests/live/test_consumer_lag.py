"""`headcount status` counts the records that a group has not acknowledged."""

from __future__ import annotations

from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from services.cli.consumer_lag import lag_of
from tests.support.servers import Kafka
from transport.access import KafkaAccess
from transport.topics import administration

pytestmark = pytest.mark.live


async def test_the_lag_of_a_group_is_what_it_has_not_acknowledged(kafka: Kafka) -> None:
    access, name = KafkaAccess(kafka.bootstrap), f"lag-{uuid4().hex}"
    async with administration(access) as admin:
        await admin.create_topics([NewTopic(name, 2, 1)])
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for partition in (0, 0, 0, 1, 1):
            await producer.send_and_wait(name, b"record", partition=partition)
    assert await lag_of(access, name) == 0, "a group that nobody has joined"
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=name, enable_auto_commit=False) as consumer:
        consumer.assign([TopicPartition(name, 0), TopicPartition(name, 1)])
        await consumer.commit({TopicPartition(name, 0): 1, TopicPartition(name, 1): 2})
    assert await lag_of(access, name) == 2
