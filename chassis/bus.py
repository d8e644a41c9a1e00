"""Kafka: one subscriber over all of a service's topics.

FastStream hands over the first record of a poll, and aiokafka's `getmany` adds the records that were fetched with it:
FastStream's own batch subscriber sleeps after each empty poll (docs/adr/0016). Offsets are acknowledged once a second.
After a crash, the records of that second are read again, and the cursors drop them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import chain

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import AckStatus

from chassis.records import Record
from chassis.retrying import keep_trying
from chassis.telemetry import LAST_POLL, where_raised
from kafka_access.access import KafkaAccess

log = structlog.get_logger(__name__)

BATCH = 500
"""Records a batch: the measured optimum between a transaction's fixed cost and the time that its locks are held."""
DRAIN_SECONDS = 20.0
"""How long a rebalance or a shutdown waits for the batch that is being decided."""
MANY = 50
"""Records of a batch that show a burst: waiting for more of them pays."""
GATHER_SECONDS = 0.02
"""How long a burst gathers before the next poll: a fetch and a transaction cost much the same for many as for few."""
ACK_SECONDS = 1.0
"""How often offsets are acknowledged: an acknowledgement for each batch costs more than the batch."""
ACK_PATIENCE = 2.0
"""Seconds that an acknowledgement may take; a broker that is away longer gets the next one."""
SILENCE = 5.0
"""Seconds without a fetched response after which the probe checks that Kafka responds (it does each half second)."""

HandleRecords = Callable[[Sequence[Record]], Awaitable[None]]
Raw = ConsumerRecord[bytes, bytes]
Decided = dict[TopicPartition, int]
"""By partition, the offset that follows the last record that was decided."""


class Assignment(ConsumerRebalanceListener):
    """The consumer's present partitions: how far each was decided and is not acknowledged yet.

    A rebalance starts afresh: records that were not acknowledged are read again, and the cursors drop them. Nothing is
    acknowledged between a revocation and the next assignment. aiokafka would commit as a member of no group then, and
    a broker that lost its data accepts that: the next consumer would begin at the old offset and skip new records.
    """

    def __init__(self) -> None:
        self.idle = asyncio.Event()
        """Set while no batch is being decided."""
        self.idle.set()
        self.decided: Decided | None = None
        """None while the group does not count this consumer as a member."""
        self.changed_at = time.time()
        self.handled = 0
        """How many records were decided."""
        self._limit: asyncio.Timeout | None = None

    async def on_partitions_revoked(self, _: object) -> None:
        """Hold the rebalance back until the batch is decided. A batch that takes longer is decided twice."""
        self.decided, self.changed_at = None, time.time()
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.idle.wait()

    async def on_partitions_assigned(self, _: object) -> None:
        """Begin without offsets: the cursors in Postgres know what was decided."""
        self.decided, self.changed_at = {}, time.time()

    async def acknowledge(self, consumer: AIOKafkaConsumer) -> None:
        """Commit what was decided. A failed commit is tried again with the next one."""
        decided = self.decided
        if not decided or self._limit is not None:
            return
        offsets = dict(decided)
        try:
            async with asyncio.timeout(ACK_PATIENCE) as self._limit:
                await consumer.commit(offsets)
        except (KafkaError, TimeoutError) as away:
            log.info("subscription.not_acknowledged", error=type(away).__name__)
        else:
            for partition, offset in offsets.items():
                if decided[partition] == offset:
                    del decided[partition]
        finally:
            self._limit = None


class Batch(KafkaAckableMessage):
    """A batch of records as one message. Its `ack` commits what was decided, by this batch and by those before it.

    FastStream's own `ack` commits the consumer's positions, which are ahead of the decisions while a batch is decided.
    """

    def __init__(self, records: tuple[Raw, ...], consumer: AIOKafkaConsumer, assignment: Assignment) -> None:
        super().__init__(body=b"", raw_message=records[0], headers={}, consumer=consumer)
        self.records = records
        self._aiokafka = consumer
        self._assignment = assignment
        self._decided = assignment.decided

    def was_decided(self) -> None:
        """Note the offsets. An assignment that ended meanwhile takes none."""
        self._assignment.handled += len(self.records)
        if self._decided is not None:
            for record in self.records:
                self._decided[TopicPartition(record.topic, record.partition)] = record.offset + 1

    async def ack(self) -> None:
        """Commit, for at most `ACK_PATIENCE` seconds. Raises nothing."""
        await self._assignment.acknowledge(self._aiokafka)
        self.committed = AckStatus.ACKED


class Subscription:
    """All topics of a service in one consumer group, a batch of records at a time."""

    def __init__(
        self, kafka: KafkaAccess, group: str, topics: Sequence[str], handle: HandleRecords, session_timeout: float
    ) -> None:
        self._handle_records = handle
        self._assignment = Assignment()
        self._current: Batch | None = None
        """The batch that was parsed last: FastStream parses and handles one at a time."""
        self._last: Batch | None = None
        self._stopping = False
        self._failure: BaseException | None = None
        self._progress, self._moved_at = 0, 0.0
        """How many records had been decided when the probe last saw one more, or none left, and when that was."""
        self._wakes = asyncio.Event()
        self._broker = KafkaBroker(
            kafka.bootstrap,
            security=kafka.security,
            sasl_oauth_token_provider=kafka.tokens,
            client_id=group,
            logger=None,
            apply_types=False,
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=DRAIN_SECONDS,
        )
        self._subscriber = self._broker.subscriber(
            *topics,
            group_id=group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            listener=self._assignment,
            session_timeout_ms=int(session_timeout * 1000),
            heartbeat_interval_ms=int(min(3.0, session_timeout / 3) * 1000),
            rebalance_timeout_ms=60_000,
            parser=self._parse,
            decoder=self._decode,
        )
        self._subscriber(self._handle)
        LAST_POLL.set_function(self.polled_at)

    async def _parse(self, first: Raw) -> Batch:
        """Take what was fetched with the first record. Records stay raw: an unreadable record fails no other."""
        consumer, rest = self._subscriber.consumer, {}
        if consumer is None:
            raise RuntimeError("a record came from no consumer")
        self._assignment.idle.clear()
        if self._assignment.decided is not None:  # `getmany` would wait for the end of a rebalance, which waits for us
            with suppress(KafkaError):  # it comes again from the next poll
                rest = await consumer.getmany(max_records=BATCH - 1)
        self._current = Batch((first, *chain(*rest.values())), consumer, self._assignment)
        return self._current

    async def _decode(self, batch: Batch) -> tuple[Raw, ...]:
        # FastStream caches the result in the batch. The batch itself would be a reference cycle, and its records would
        # stay in memory until the garbage collector runs.
        return batch.records

    async def _handle(self, records: tuple[Raw, ...]) -> None:
        batch = self._current
        if batch is None:
            raise RuntimeError("a batch came without having been parsed")
        try:
            if self._failure is not None:
                return
            await self._handle_records(records)
            batch.was_decided()
            self._last = batch
            if self._stopping:
                await batch.ack()
        except Exception as bug:  # noqa: BLE001  `run` raises it
            # The inbox handles each fault that a message or an outage causes, so this is a bug. The process ends, and
            # nothing that follows is acknowledged.
            log.error("subscription.failed", batch=len(records), where=where_raised(bug))  # noqa: TRY400  no data in logs
            self._failure = bug
            self._wakes.set()
        finally:
            self._assignment.idle.set()
        if MANY <= len(records) < BATCH:
            await asyncio.sleep(GATHER_SECONDS)

    async def run(self) -> None:
        """Join the group, then acknowledge once a second until stopped. Raises what handling a batch raised."""
        joining = keep_trying(
            "subscription.kafka_away",
            transient=lambda fault: isinstance(fault, KafkaError | OSError),
            stopped=lambda: self._stopping,
        )
        await joining(self._broker.start)
        while not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(ACK_SECONDS):
                    await self._wakes.wait()
            if self._failure is not None:
                raise self._failure
            if self._last is not None:
                await self._last.ack()

    def polled_at(self) -> float:
        """When Kafka last answered a fetch, or the group last changed: seconds since the epoch."""
        consumer = self._subscriber.consumer
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
        consumer = self._subscriber.consumer
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
        consumer = self._subscriber.consumer
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                return consumer is not None and bool(await consumer.topics())
        return False

    def assigned(self) -> int:
        """How many partitions are ours; 0 before the group is joined."""
        consumer = self._subscriber.consumer
        return 0 if consumer is None else len(consumer.assignment())

    def is_member(self) -> bool:
        """Whether offsets may be acknowledged now: not before the group is joined, and not during a rebalance."""
        return self._assignment.decided is not None

    async def stop(self) -> None:
        """Poll no more, finish the batch, acknowledge it, leave the group."""
        self._stopping = True
        self._wakes.set()
        if self._last is not None:
            await self._last.ack()
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS + 10):
                await self._broker.stop()
