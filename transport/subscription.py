"""Kafka: one subscriber over all of a service's topics.

Offsets are acknowledged once a second. After a crash, the records of that second are read again, and the cursors drop
them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Gauge
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_fixed

from transport.access import KafkaAccess
from transport.assignment import DRAIN_SECONDS, Assignment, Offsets
from transport.lag import measure_lag
from transport.polling import Polling
from transport.records import Record

log = structlog.get_logger(__name__)

LAST_POLL = Gauge("headcount_last_poll_timestamp_seconds", "When the consumer last polled")

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
FETCH_SECONDS = 1.0
"""How long Kafka waits for a record before it answers a fetch: at rest, fetches are a third of what a service costs."""
SILENCE = 5.0
"""Seconds without a fetched response after which the probe checks that Kafka responds (it does each second)."""

METADATA_SECONDS = 10
"""How soon a topic that was deleted and made again is read again: the client drops a topic that it cannot find."""
FETCH_BYTES = 64 * 1024
"""Bytes of a partition a fetch: an agency's messages of one topic get no further ahead of its other topics."""

HandleRecords = Callable[[Sequence[Record]], Awaitable[None]]
Flush = Callable[[], Awaitable[None]]


async def nothing_to_flush() -> None:
    """For a subscriber that keeps nothing in memory."""


class Subscription:
    """All topics of a service in one consumer group, a batch of records at a time.

    `handle` may keep records in memory. `flush` is called before their offsets are acknowledged. With
    `patience`, Kafka answers a fetch after so many seconds, or when many records are there; otherwise at once.
    """

    def __init__(
        self,
        kafka: KafkaAccess,
        group: str,
        topics: Sequence[str],
        handle: HandleRecords,
        session_timeout: float,
        flush: Flush = nothing_to_flush,
        patience: float = 0.0,
    ) -> None:
        self._kafka, self._group, self._topics = kafka, group, topics
        self._handle_records, self._flush_records = handle, flush
        self._session_timeout = session_timeout
        self._fetching = {"fetch_max_wait_ms": int((patience or FETCH_SECONDS) * 1000)}
        if patience:
            self._fetching["fetch_min_bytes"] = FETCH_BYTES
        self._assignment = Assignment()
        self._consumer: AIOKafkaConsumer | None = None
        self._stopping = False
        self._polling: Polling | None = None
        self._progress, self._moved_at = 0, 0.0
        """How many records had been decided when the probe last saw one more, or none left, and when that was."""
        LAST_POLL.set_function(self.polled_at)

    async def run(self) -> None:
        """Join the group, then decide records until stopped. Raises what handling a batch raised."""
        joining = AsyncRetrying(
            retry=retry_if_exception_type((KafkaError, OSError)),
            wait=wait_fixed(1),
            stop=lambda _: self._stopping,
            before_sleep=_warn,
            reraise=True,
        )
        consumer: AIOKafkaConsumer = await joining(self._join)
        self._polling = Polling(consumer, self._assignment)
        polling = asyncio.create_task(self._poll_on(self._polling))
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
            metadata_max_age_ms=METADATA_SECONDS * 1000,
            **self._fetching,
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

    async def _poll_on(self, polling: Polling) -> None:
        flush_at = 0.0
        while not self._stopping:
            records = await polling.poll()
            decided = self._assignment.decided
            for start in range(0, len(records), BATCH):
                # After a rebalance, the partition's new consumer reads again what was not decided.
                if decided is None or decided is not self._assignment.decided or self._stopping:
                    break
                await self._decide(records[start : start + BATCH], decided)
            if time.monotonic() >= flush_at:
                await self._flush()
                flush_at = time.monotonic() + ACK_SECONDS
            if MANY <= len(records) < BATCH:
                await asyncio.sleep(GATHER_SECONDS)

    async def _decide(self, records: Sequence[Record], decided: Offsets) -> None:
        self._assignment.idle.clear()
        try:
            await self._handle_records(records)
            self._assignment.note(decided, records)
        finally:
            self._assignment.idle.set()

    async def _flush(self) -> None:
        decided = self._assignment.decided
        self._assignment.idle.clear()
        try:
            await self._flush_records()
            self._assignment.flush(decided)
        finally:
            self._assignment.idle.set()

    def unreadable(self) -> list[TopicPartition]:
        """The partitions whose next record cannot be read at present."""
        return [] if self._polling is None else self._polling.unreadable()

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

    async def measure_lag(self) -> None:
        """Measure how far this process is behind. While Kafka is away, what was measured last stays."""
        consumer = self._consumer
        if consumer is not None and self.is_member():
            with suppress(KafkaError, OSError):
                await measure_lag(consumer, tuple(self._topics))

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
                await self._flush()
        await self._assignment.acknowledge(consumer)
        # aiokafka cancels its own fetches and may raise that. Whatever it raises, the process ends.
        leaving = asyncio.ensure_future(consumer.stop())
        await asyncio.wait({leaving}, timeout=LEAVE_SECONDS)
        if not leaving.cancel() and not leaving.cancelled() and (fault := leaving.exception()) is not None:
            log.warning("subscription.not_left", error=type(fault).__name__)
        self._consumer = None


def _warn(attempt: RetryCallState) -> None:
    fault = attempt.outcome and attempt.outcome.exception()
    log.warning("subscription.kafka_away", error=type(fault).__name__)
