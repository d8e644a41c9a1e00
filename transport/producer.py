"""Kafka: an idempotent producer that sends a round's records partition by partition."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidMessageError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
from aiokafka.partitioner import murmur2

from transport.access import KafkaAccess
from transport.records import Outgoing

log = structlog.get_logger(__name__)

BATCH_BYTES = 512 * 1024
"""Room for a round's records of one partition in one request; a broker takes a megabyte by default."""
ACKNOWLEDGE_SECONDS = 10.0
"""How long a record may take to be acknowledged by all in-sync replicas."""
REFUSED = (InvalidMessageError, MessageSizeTooLargeError, RecordListTooLargeError, TopicAuthorizationFailedError)
"""The broker's answers to a record that it will refuse again, until an operator changes something."""


class Producer:
    """Publishes with `acks=all`, idempotent. A failed producer is replaced: its sequence would have a gap."""

    def __init__(self, kafka: KafkaAccess, client_id: str) -> None:
        self._kafka = kafka
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()
        self._alone: set[tuple[str, int]] = set()

    async def publish(self, records: Sequence[Outgoing]) -> Sequence[bool | str]:
        """Send in order; returns which records were acknowledged, or refused. A broker that is away raises nothing.

        After a refusal each record of the partition goes alone, so that the next round shows which one is refused.
        """
        try:
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                producer = await self._ready()
                counts = {
                    topic: len(await producer.partitions_for(topic)) for topic in {record.topic for record in records}
                }
                batches = _batches(producer, counts, records, self._alone)
                waiting = [
                    await producer.send_batch(batch.builder, batch.topic, partition=batch.partition)
                    for batch in batches
                ]
            _, late = await asyncio.wait(waiting, timeout=ACKNOWLEDGE_SECONDS)
        except (KafkaError, OSError, TimeoutError) as away:
            log.warning("producer.away", error=type(away).__name__)
            await self.stop()
            return [False] * len(records)
        acknowledged: list[bool | str] = [False] * len(records)
        for batch, sent in zip(batches, waiting, strict=True):
            fault = sent.exception() if sent.done() and not sent.cancelled() else TimeoutError()
            if isinstance(fault, REFUSED) and len(batch.places) > 1:
                self._alone.add((batch.topic, batch.partition))
                continue
            for place in batch.places:
                acknowledged[place] = type(fault).__name__ if isinstance(fault, REFUSED) else fault is None
        if late or not all(answer is True for answer in acknowledged):
            log.warning("producer.not_acknowledged", count=sum(answer is not True for answer in acknowledged))
            await self.stop()
        else:
            self._alone.clear()
        return acknowledged

    async def _ready(self) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._kafka.bootstrap,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=BATCH_BYTES,
                    request_timeout_ms=int(ACKNOWLEDGE_SECONDS * 1000),
                    **self._kafka.options,
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
    """Records that go to a partition together; `places` are their places among all that are published."""

    topic: str
    partition: int
    builder: Any
    places: list[int]


def _batches(
    producer: AIOKafkaProducer,
    counts: Mapping[str, int],
    records: Sequence[Outgoing],
    alone: Collection[tuple[str, int]] = (),
) -> list[_Batch]:
    """The records by partition, in order. A batch costs one future, where `send` makes one for each record."""
    batches: list[_Batch] = []
    open_batches: dict[tuple[str, int], _Batch] = {}
    for place, record in enumerate(records):
        where = record.topic, hash_of(record.key) % counts[record.topic]
        batch = open_batches.get(where)
        if batch is None or where in alone or not _append(batch, record):
            batch = open_batches[where] = _Batch(*where, producer.create_batch(), [])
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
def hash_of(key: bytes) -> int:
    """The hash by which every Kafka client places a key; aiokafka's own costs 8 µs, and agencies come back."""
    return int(murmur2(key)) & 0x7FFFFFFF
