"""Kafka: an idempotent producer that hands over a round's records partition by partition."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from chassis.records import Outgoing

log = structlog.get_logger(__name__)

BATCH_BYTES = 512 * 1024
"""Room for a round's records of one partition in one request; a broker takes a megabyte unless it is told otherwise."""
ACKNOWLEDGE_SECONDS = 10.0
"""How long a record may take to be acknowledged by all in-sync replicas."""


class Producer:
    """Publishes with `acks=all`, idempotent. A failed one is replaced: its sequence can not go on without a gap."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()

    async def publish(self, records: Sequence[Outgoing]) -> Sequence[bool]:
        """Hand over in order and wait for each acknowledgement; False for what got none. Never raises for a broker."""
        try:
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                producer = await self._ready()
                counts = {topic: len(await producer.partitions_for(topic)) for topic in {one.topic for one in records}}
                batches = _batches(producer, counts, records)
                waiting = [
                    await producer.send_batch(batch.builder, batch.topic, partition=batch.partition)
                    for batch in batches
                ]
            _, late = await asyncio.wait(waiting, timeout=ACKNOWLEDGE_SECONDS)
        except (KafkaError, OSError, TimeoutError) as away:
            log.warning("producer.away", error=type(away).__name__)
            await self.stop()
            return [False] * len(records)
        acknowledged = [False] * len(records)
        for batch, one in zip(batches, waiting, strict=True):
            if one.done() and not one.cancelled() and one.exception() is None:
                for place in batch.places:
                    acknowledged[place] = True
        if late or not all(acknowledged):
            log.warning("producer.not_acknowledged", count=acknowledged.count(False))
            await self.stop()
        return acknowledged

    async def _ready(self) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=BATCH_BYTES,
                    request_timeout_ms=int(ACKNOWLEDGE_SECONDS * 1000),
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def stop(self) -> None:
        """Close; the next publish makes a new one."""
        async with self._making:
            producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await producer.stop()


@dataclass(frozen=True, slots=True)
class _Batch:
    """What goes to a partition together; `places` are its records' among those to be published."""

    topic: str
    partition: int
    builder: Any
    places: list[int]


def _batches(producer: AIOKafkaProducer, counts: Mapping[str, int], records: Sequence[Outgoing]) -> list[_Batch]:
    """The records by partition, in their order: one future a batch, where `send` makes one a record."""
    batches: list[_Batch] = []
    open_ones: dict[tuple[str, int], _Batch] = {}
    for place, record in enumerate(records):
        where = record.topic, _hash_of(record.key) % counts[record.topic]
        batch = open_ones.get(where)
        if batch is None or not _append(batch, record):
            batch = open_ones[where] = _Batch(*where, producer.create_batch(), [])
            batches.append(batch)
            _append(batch, record)
        batch.places.append(place)
    for batch in batches:
        batch.builder.close()
    return batches


def _append(batch: _Batch, record: Outgoing) -> bool:
    """Whether there was room; for its first record there always is."""
    added = batch.builder.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
    return added is not None


@lru_cache(maxsize=65_536)
def _hash_of(key: bytes) -> int:
    """The hash by which every Kafka client places a key; aiokafka's own costs 8 µs, and agencies come back."""
    return int(murmur2(key)) & 0x7FFFFFFF
