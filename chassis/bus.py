"""Kafka: one subscriber over all of a service's topics.

aiokafka's consumer is used as it is (docs/adr/0023): a fault that a poll raises concerns one partition, and with
FastStream's subscriber it stops all of them. Offsets are acknowledged once a second. After a crash, the records of that
second are read again, and the cursors drop them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
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

from chassis.assignment import DRAIN_SECONDS, Assignment, Offsets
from chassis.records import Record, StoredRecord
from chassis.retrying import keep_trying
from chassis.telemetry import LAST_POLL, POLL_FAULTS, where_raised
from kafka_access.access import KafkaAccess

log = structlog.get_logger(__name__)

BATCH = 500
"""Records a batch: the measured optimum between a transaction's fixed cost and the time that its locks are held."""
MANY = 50
"""Records of a batch that show a burst: waiting for more of them pays."""
GATHER_SECONDS = 0.02
"""How long a burst gathers before the next poll: a fetch and a transaction cost much the same for many as for few."""
ACK_SECONDS = 1.0
"""How often offsets are acknowledged: an acknowledgement for each batch costs more than the batch."""
LEAVE_SECONDS = 10.0
"""How long leaving the group may take."""
SILENCE = 5.0
"""Seconds without a fetched response after which the probe checks that Kafka responds (it does each half second)."""

FETCH_BYTES = 128 * 1024
"""Bytes of a partition a fetch: an agency's messages of one topic get no further ahead of its other topics."""
FAULT_SECONDS = 0.05
"""How long a poll rests after a fault: the fault of one partition must not keep the process busy."""
LOOK_SECONDS = 2.0
"""How long each partition is read on its own after a fault of which only the poll is known."""
TRIES = 5
"""How often a record is read until it counts as unreadable: bytes may be damaged on their way."""

HandleRecords = Callable[[Sequence[Record]], Awaitable[None]]
Raw = ConsumerRecord[bytes, bytes]


class Subscription:
    """All topics of a service in one consumer group, a batch of records at a time."""

    def __init__(
        self, kafka: KafkaAccess, group: str, topics: Sequence[str], handle: HandleRecords, session_timeout: float
    ) -> None:
        self._kafka, self._group, self._topics = kafka, group, topics
        self._handle_records = handle
        self._session_timeout = session_timeout
        self._assignment = Assignment()
        self._consumer: AIOKafkaConsumer | None = None
        self._stopping = False
        self._tries: dict[TopicPartition, int] = {}
        """The partitions that are read record by record, and how often the next record could not be read."""
        self._looks_until = 0.0
        self._progress, self._moved_at = 0, 0.0
        """How many records had been decided when the probe last saw one more, or none left, and when that was."""
        LAST_POLL.set_function(self.polled_at)

    async def run(self) -> None:
        """Join the group, then decide records until stopped. Raises what handling a batch raised."""
        joining = keep_trying(
            "subscription.kafka_away",
            transient=lambda fault: isinstance(fault, KafkaError | OSError),
            stopped=lambda: self._stopping,
        )
        consumer: AIOKafkaConsumer = await joining(self._join)
        polling = asyncio.create_task(self._poll_on(consumer))
        try:
            while not polling.done():
                await asyncio.wait([polling], timeout=ACK_SECONDS)
                if not polling.done():
                    await self._assignment.acknowledge(consumer)
            # The inbox handles each fault that a message or an outage causes, so what is raised is a bug. The process
            # ends, and nothing that follows is acknowledged.
            await polling
        finally:
            polling.cancel()

    async def _join(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka.bootstrap,
            client_id=self._group,
            group_id=self._group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=FETCH_BYTES,
            session_timeout_ms=int(self._session_timeout * 1000),
            heartbeat_interval_ms=int(min(3.0, self._session_timeout / 3) * 1000),
            rebalance_timeout_ms=60_000,
            **self._kafka.options,
        )
        consumer.subscribe(self._topics, listener=self._assignment)
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        self._consumer = consumer
        return consumer

    async def _poll_on(self, consumer: AIOKafkaConsumer) -> None:
        while not self._stopping:
            records = await self._poll(consumer)
            decided = self._assignment.decided
            for start in range(0, len(records), BATCH):
                # After a rebalance, what was not decided is read again by whoever has its partition now.
                if decided is None or decided is not self._assignment.decided or self._stopping:
                    break
                await self._decide(records[start : start + BATCH], decided)
            if MANY <= len(records) < BATCH:
                await asyncio.sleep(GATHER_SECONDS)

    async def _decide(self, records: Sequence[Record], decided: Offsets) -> None:
        self._assignment.idle.clear()
        try:
            await self._handle_records(records)
            self._assignment.note(decided, records)
        except Exception as bug:
            log.error("subscription.failed", where=where_raised(bug))  # noqa: TRY400  no data in logs
            raise
        finally:
            self._assignment.idle.set()

    async def _poll(self, consumer: AIOKafkaConsumer) -> Sequence[Record]:
        """All records that were fetched, in the order in which they were published, or after a second none.

        A message thus seldom comes before its cause, which may be in another topic. After a fault, the partitions are
        read one by one for a while: the poll that raised does not say which partition failed.
        """
        if self._tries or time.monotonic() < self._looks_until:
            await asyncio.sleep(FAULT_SECONDS)
            return await self._poll_each(consumer)
        try:
            return in_order(await self._take(consumer, timeout_ms=int(ACK_SECONDS * 1000)))
        except Exception as fault:  # noqa: BLE001  whatever unreadable bytes raise
            if not self._stopping:
                self._note_fault(fault)
                self._looks_until = time.monotonic() + LOOK_SECONDS
                await self._read_again(consumer)
            return []

    async def _take(
        self, consumer: AIOKafkaConsumer, *places: TopicPartition, most: int | None = None, timeout_ms: int = 0
    ) -> list[list[Raw]]:
        found = await consumer.getmany(*places, max_records=most, timeout_ms=timeout_ms)
        for place, records in found.items():
            self._assignment.positions[place] = records[-1].offset + 1
        return list(found.values())

    async def _read_again(self, consumer: AIOKafkaConsumer) -> None:
        """Go back to where the last poll ended: a poll that raises loses what it had taken from other partitions."""
        for place in consumer.assignment():
            position = self._assignment.positions.get(place) or await consumer.committed(place)
            if position is None:
                await consumer.seek_to_beginning(place)
            else:
                consumer.seek(place, position)

    async def _poll_each(self, consumer: AIOKafkaConsumer) -> list[Record]:
        found: list[list[Raw]] = []
        unreadable: list[Record] = []
        self._assignment.idle.clear()  # a rebalance waits, so that all records are of one assignment
        try:
            for place in [place for place in consumer.assignment() if self._has_more(consumer, place)]:
                try:
                    await self._take_alone(consumer, place, found)
                except (ConsumerStoppedError, IllegalStateError):
                    break
                except Exception as fault:  # noqa: BLE001  whatever unreadable bytes raise
                    unreadable += await self._not_readable(consumer, place, fault)
        finally:
            self._assignment.idle.set()
        return [*unreadable, *in_order(found)]

    async def _take_alone(self, consumer: AIOKafkaConsumer, place: TopicPartition, found: list[list[Raw]]) -> None:
        """Add what was fetched of a partition; record by record after a fault, which then loses none before it."""
        singly = place in self._tries
        for _ in range(BATCH if singly else 1):
            if not self.is_member():  # `getmany` would wait for a rebalance's end, which waits for us
                return
            taken = await self._take(consumer, place, most=1 if singly else None)
            found += taken
            if not taken:
                break
            self._tries.pop(place, None)

    def _has_more(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> bool:
        end = consumer.highwater(place)
        return end is not None and end > self._assignment.positions.get(place, 0)

    async def _not_readable(
        self, consumer: AIOKafkaConsumer, place: TopicPartition, fault: Exception
    ) -> list[StoredRecord]:
        """Read on record by record. One that stays unreadable becomes a record without anything, to be quarantined."""
        offset = await consumer.position(place)
        self._note_fault(fault, topic=place.topic, partition=place.partition, offset=offset)
        if isinstance(fault, KafkaError) and not isinstance(fault, CorruptRecordException | UnsupportedCodecError):
            self._looks_until = time.monotonic() + LOOK_SECONDS
            return []
        # The fault is that of the next record only if no other was requested.
        tries = self._tries[place] = self._tries.get(place, -1) + 1
        if tries < TRIES:
            consumer.seek(place, offset)
            return []
        consumer.seek(place, offset + 1)
        self._assignment.positions[place] = offset + 1
        return [StoredRecord(place.topic, place.partition, offset, None, None, ())]

    def _note_fault(self, fault: Exception, **where: str | int) -> None:
        POLL_FAULTS.labels(type(fault).__name__).inc()
        log.error("subscription.poll_failed", error=type(fault).__name__, **where)

    def unreadable(self) -> list[TopicPartition]:
        """The partitions whose next record cannot be read at present."""
        return [place for place, tries in self._tries.items() if tries]

    def polled_at(self) -> float:
        """When Kafka last answered a fetch, or the group last changed: seconds since the epoch."""
        consumer = self._consumer
        if consumer is None:
            return self._assignment.changed_at
        polled = (consumer.last_poll_timestamp(partition) or 0 for partition in consumer.assignment())
        return max(self._assignment.changed_at, max(polled, default=0) / 1000)

    async def stuck_for(self) -> float:
        """Seconds without a poll, or without a decided record since there were some; 0.0 while Kafka itself is away.

        It is measured from one call to the next: the probe calls it every few seconds.
        """
        now, handled = time.time(), self._assignment.handled
        behind = await self._is_behind()
        if not behind or handled != self._progress:
            self._progress, self._moved_at = handled, now
        stuck = now - max(self._moved_at if behind else self.polled_at(), self._assignment.changed_at)
        return stuck if stuck >= SILENCE and await self._kafka_answers() else 0.0

    async def _is_behind(self) -> bool:
        """Whether there are records that are not decided: a batch in hand, or fetched ones that nobody took."""
        consumer = self._consumer
        if consumer is None or not self.is_member():
            return False
        if not self._assignment.idle.is_set():
            return True
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(1):
                for partition in consumer.assignment():
                    end = consumer.highwater(partition)
                    if end is not None and await consumer.position(partition) < end:
                        return True
        return False

    async def _kafka_answers(self) -> bool:
        consumer = self._consumer
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                return consumer is not None and bool(await consumer.topics())
        return False

    def assigned(self) -> int:
        """How many partitions are ours; 0 before the group is joined."""
        consumer = self._consumer
        return 0 if consumer is None else len(consumer.assignment())

    def is_member(self) -> bool:
        """Whether offsets may be acknowledged now: not before the group is joined, and not during a rebalance."""
        return self._assignment.decided is not None

    async def stop(self) -> None:
        """Poll no more, finish the batch, acknowledge it, leave the group."""
        self._stopping = True
        consumer = self._consumer
        if consumer is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._assignment.idle.wait()
        await self._assignment.acknowledge(consumer)
        # aiokafka cancels its own fetches and may raise that. Whatever it raises, the process ends.
        leaving = asyncio.ensure_future(consumer.stop())
        await asyncio.wait({leaving}, timeout=LEAVE_SECONDS)
        if not leaving.cancel() and not leaving.cancelled() and (fault := leaving.exception()) is not None:
            log.warning("subscription.not_left", error=type(fault).__name__)
        self._consumer = None


def in_order(streams: Iterable[Sequence[Raw]]) -> list[Raw]:
    """Merge the partitions' records in the order in which they were published; a partition's own order stays."""
    return list(merge(*streams, key=lambda record: record.timestamp))
