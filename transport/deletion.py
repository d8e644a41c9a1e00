"""Deletes records from a topic's partition once every consumer group has read them.

Kafka deletes from the beginning of a partition, so older records of other keys go too: whoever may still need one of
them gets it from its sender (docs/adr/0021).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import RecordsToDelete

from transport.access import KafkaAccess
from transport.topics import administration


class Deletion(Protocol):
    """The part of a bus that knows where a partition ends, and deletes what was read."""

    async def ends(self, topics: Collection[str], partition: int) -> dict[str, int]:
        """Where a partition of each topic ends now."""

    async def delete_read(self, ends: Mapping[str, int], partition: int) -> dict[str, int]:
        """Delete the records before these ends that every group has read; returns the ends that are not reached yet."""


class KafkaDeletion:
    """Deletion at a Kafka cluster. `groups` are the consumer groups that may have to read a record."""

    def __init__(self, kafka: KafkaAccess, groups: Collection[str]) -> None:
        self._kafka = kafka
        self._groups = groups

    async def ends(self, topics: Collection[str], partition: int) -> dict[str, int]:
        """Where a partition of each topic ends now."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka.bootstrap, **self._kafka.options)
        await consumer.start()
        try:
            ends = await consumer.end_offsets([TopicPartition(topic, partition) for topic in topics])
        finally:
            await consumer.stop()
        return {place.topic: end for place, end in ends.items()}

    async def delete_read(self, ends: Mapping[str, int], partition: int) -> dict[str, int]:
        """Delete the records before these ends that every group has read; returns the ends that are not reached yet."""
        upto = dict(ends)
        async with administration(self._kafka) as admin:
            for group in self._groups:
                for place, read in (await admin.list_consumer_group_offsets(group)).items():
                    if place.partition == partition and place.topic in upto and read.offset >= 0:
                        upto[place.topic] = min(upto[place.topic], read.offset)
            read_now = {TopicPartition(topic, partition): RecordsToDelete(end) for topic, end in upto.items() if end}
            if read_now:
                await admin.delete_records(read_now)
        return {topic: end for topic, end in ends.items() if upto[topic] < end}
