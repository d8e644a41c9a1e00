"""Poll all records that were fetched; after a fault, poll each partition alone.

aiokafka's `getmany` raises the fault of one partition for all of them, and does not say which. docs/adr/0023 says why
FastStream's subscriber does not poll.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from heapq import merge

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    UnsupportedCodecError,
)
from prometheus_client import Counter

from transport.assignment import Assignment
from transport.records import Record, StoredRecord

log = structlog.get_logger(__name__)

POLL_FAULTS = Counter("headcount_poll_faults", "Polls of Kafka that failed, by error", ["error"])

POLL_SECONDS = 1.0
"""How long a poll waits for a record."""
FAULT_SECONDS = 0.05
"""How long a poll rests after a fault: the fault of one partition must not keep the process busy."""
LOOK_SECONDS = 2.0
"""How long each partition is read on its own after a fault of which only the poll is known."""
TRIES = 5
"""How often a record is read until it counts as unreadable: bytes may be damaged on their way."""
SINGLY = 500
"""How many records of a partition a poll takes one by one."""

Raw = ConsumerRecord[bytes, bytes]


class Polling:
    """The polls of one consumer."""

    def __init__(self, consumer: AIOKafkaConsumer, assignment: Assignment) -> None:
        self._consumer, self._assignment = consumer, assignment
        self._tries: dict[TopicPartition, int] = {}
        """The partitions that are read record by record, and how often the next record could not be read."""
        self._looks_until = 0.0

    def unreadable(self) -> list[TopicPartition]:
        """The partitions whose next record cannot be read at present."""
        return [place for place, tries in self._tries.items() if tries]

    async def poll(self) -> Sequence[Record]:
        """All records that were fetched, in the order in which they were published, or after a second none.

        A message thus seldom comes before its cause, which may be in another topic. After a fault, the partitions are
        read one by one for a while: the poll that raised does not say which partition failed.
        """
        if self._tries or time.monotonic() < self._looks_until:
            await asyncio.sleep(FAULT_SECONDS)
            return await self._poll_each()
        try:
            return in_order(await self._take(timeout_ms=int(POLL_SECONDS * 1000)))
        except ConsumerStoppedError:
            return []
        except Exception as fault:  # noqa: BLE001  whatever unreadable bytes raise
            self._note_fault(fault)
            self._looks_until = time.monotonic() + LOOK_SECONDS
            await self._read_again()
            return []

    async def _take(self, *places: TopicPartition, most: int | None = None, timeout_ms: int = 0) -> list[list[Raw]]:
        batches = await self._consumer.getmany(*places, max_records=most, timeout_ms=timeout_ms)
        for place, records in batches.items():
            self._assignment.positions[place] = records[-1].offset + 1
        return list(batches.values())

    async def _read_again(self) -> None:
        """Go back to where the last poll ended: a poll that raises loses what it had taken from other partitions.

        All partitions without an offset go back at once: each such request waits until Kafka has answered a fetch.
        """
        never_read = []
        for place in self._places_with_more():
            position = self._assignment.positions.get(place) or await self._consumer.committed(place)
            if position is None:
                never_read.append(place)
            else:
                self._consumer.seek(place, position)
        if never_read:
            await self._consumer.seek_to_beginning(*never_read)

    async def _poll_each(self) -> list[Record]:
        batches: list[list[Raw]] = []
        unreadable: list[Record] = []
        self._assignment.idle.clear()  # a rebalance waits, so that all records are of one assignment
        try:
            for place in self._places_with_more():
                try:
                    await self._take_alone(place, batches)
                except (ConsumerStoppedError, IllegalStateError):
                    break
                except Exception as fault:  # noqa: BLE001  whatever unreadable bytes raise
                    unreadable += await self._not_readable(place, fault)
        finally:
            self._assignment.idle.set()
        return [*unreadable, *in_order(batches)]

    async def _take_alone(self, place: TopicPartition, batches: list[list[Raw]]) -> None:
        """Add what was fetched of a partition; record by record after a fault, which then loses none before it."""
        singly = place in self._tries
        for _ in range(SINGLY if singly else 1):
            if self._assignment.decided is None:  # `getmany` would wait for a rebalance's end, which waits for us
                return
            taken = await self._take(place, most=1 if singly else None)
            batches += taken
            if not taken:
                break
            self._tries.pop(place, None)

    def _places_with_more(self) -> list[TopicPartition]:
        """The partitions of which a fetch showed records that are not taken."""
        taken = self._assignment.positions
        ends = {place: self._consumer.highwater(place) for place in self._consumer.assignment()}
        return [place for place, end in ends.items() if end is not None and end > taken.get(place, 0)]

    async def _not_readable(self, place: TopicPartition, fault: Exception) -> list[StoredRecord]:
        """Read on record by record. One that stays unreadable becomes a record without anything, to be quarantined."""
        offset = await self._consumer.position(place)
        self._note_fault(fault, topic=place.topic, partition=place.partition, offset=offset)
        if isinstance(fault, KafkaError) and not isinstance(fault, CorruptRecordException | UnsupportedCodecError):
            self._looks_until = time.monotonic() + LOOK_SECONDS
            return []
        # The fault is that of the next record only if no other was requested.
        tries = self._tries[place] = self._tries.get(place, -1) + 1
        if tries < TRIES:
            self._consumer.seek(place, offset)
            return []
        self._consumer.seek(place, offset + 1)
        self._assignment.positions[place] = offset + 1
        return [StoredRecord(place.topic, place.partition, offset, None, None, ())]

    def _note_fault(self, fault: Exception, **where: str | int) -> None:
        POLL_FAULTS.labels(type(fault).__name__).inc()
        log.error("subscription.poll_failed", error=type(fault).__name__, **where)


def in_order(streams: Iterable[Sequence[Raw]]) -> list[Raw]:
    """Merge the partitions' records in the order in which they were published; a partition's own order stays."""
    return list(merge(*streams, key=lambda record: record.timestamp))
