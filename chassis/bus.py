"""Kafka: one batch subscriber a service over all its topics, and the topics' provisioning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import IllegalStateError, KafkaError, TopicAlreadyExistsError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from chassis.records import Record
from chassis.telemetry import LAST_POLL, where_raised

log = structlog.get_logger(__name__)

BATCH = 500
"""Records a poll: the measured optimum between a transaction's fixed cost and its locks' length."""
DRAIN_SECONDS = 20.0
"""How long a rebalance or a shutdown waits for the batch that is being decided."""
POLL_MS = 1000
"""How long an empty poll waits: records end it at once, so this only bounds how often an idle service wakes up."""
MANY = 50
"""Records of a poll that show a burst: the next ones are worth waiting for."""
GATHER_SECONDS = 0.02
"""How long a burst gathers before the next poll: a fetch and a transaction cost much the same for many as for few."""
COMMIT_SECONDS = 1.0
"""How often offsets are committed. What a crash leaves uncommitted is read again, and dropped by its cursor."""
COMMIT_PATIENCE = 2.0
"""Seconds that a commit may take; a broker that was away is not back so soon."""

HandleRecords = Callable[[Sequence[Record]], Awaitable[None]]


class _Offsets:
    """How far each partition was decided, committed once in a while: a commit a batch costs more than the batch.

    FastStream takes it for the consumer that it commits through.
    """

    def __init__(self) -> None:
        self._consumer: Any = None
        self._decided: dict[TopicPartition, int] = {}
        self._committed_at = time.monotonic()

    def of(self, consumer: Any) -> _Offsets:  # noqa: ANN401  aiokafka's
        """The same, committing through this consumer."""
        self._consumer = consumer
        return self

    def decided(self, records: Sequence[Any]) -> None:
        """These were decided."""
        last = {(record.topic, record.partition): record.offset for record in records}
        self._decided |= {TopicPartition(*partition): offset + 1 for partition, offset in last.items()}

    async def commit(self) -> None:
        """What FastStream calls after each batch: not yet."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """What FastStream calls to have records again."""
        self._consumer.seek(partition, offset)

    async def flush(self, every: float = 0.0) -> None:
        """Commit what was decided, unless the last time is less than so many seconds ago.

        Only as a member of the group, and never across an outage: aiokafka would go on trying, as nobody at last, and a
        broker that lost its data and is back takes that. Whoever began there would skip what is new.
        """
        now = time.monotonic()
        if not self._decided or self._consumer is None or now - self._committed_at < every:
            return
        decided, self._decided, self._committed_at = self._decided, {}, now
        ours = self._consumer.assignment()
        if is_nobody(self._consumer):
            return
        # A failed commit only means that these are read again.
        with suppress(KafkaError, IllegalStateError, TimeoutError):
            async with asyncio.timeout(COMMIT_PATIENCE):
                await self._consumer.commit({partition: at for partition, at in decided.items() if partition in ours})


def is_nobody(consumer: Any) -> bool:  # noqa: ANN401  aiokafka's
    """Whether the broker knows this consumer as no member of its group any more, or not yet."""
    return bool(consumer._coordinator.generation < 0)  # noqa: SLF001  nothing public says it


class _Drain(ConsumerRebalanceListener):
    """Holds a rebalance back (bounded) until the running batch is decided and its offsets are committed."""

    def __init__(self, idle: asyncio.Event, offsets: _Offsets) -> None:
        self._idle = idle
        self._offsets = offsets

    async def on_partitions_revoked(self, _: object) -> None:
        """Wait for the batch; what is not done by then is decided twice, and dropped by its cursor."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
                await self._offsets.flush()

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Nothing to do: cursors live in Postgres."""


class Subscription:
    """A service's ear: all its topics in one consumer group, a poll's records at a time."""

    def __init__(
        self, bootstrap: str, group: str, topics: Sequence[str], handle: HandleRecords, session_timeout: float
    ) -> None:
        self._handle_events = handle
        self._idle = asyncio.Event()
        self._idle.set()
        self._offsets = _Offsets()
        self._stopping = False
        self.last_poll = time.monotonic()
        self._polled = 0
        self._broker = KafkaBroker(
            bootstrap,
            client_id=group,
            logger=None,
            apply_types=False,
            allow_auto_create_topics=False,
            graceful_timeout=DRAIN_SECONDS,
        )
        self._subscriber = self._broker.subscriber(
            *topics,
            group_id=group,
            batch=True,
            max_records=BATCH,
            batch_timeout_ms=10,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            listener=_Drain(self._idle, self._offsets),
            session_timeout_ms=int(session_timeout * 1000),
            heartbeat_interval_ms=int(min(3.0, session_timeout / 3) * 1000),
            rebalance_timeout_ms=60_000,
            parser=self._parse,
            decoder=self._decode,
        )
        self._subscriber(self._handle)

    async def _parse(self, records: tuple[Any, ...]) -> KafkaAckableMessage:
        """Raw records, whatever is in them: one that nobody can read must not fail its batch."""
        consumer = self._offsets.of(self._subscriber.consumer)
        return KafkaAckableMessage(body=b"", raw_message=records, headers={}, consumer=consumer)

    async def _decode(self, message: KafkaAckableMessage) -> tuple[Any, ...]:
        raw: tuple[Any, ...] = message.raw_message  # type: ignore[assignment]
        return raw

    async def _handle(self, records: tuple[Any, ...]) -> None:
        self._idle.clear()
        try:
            await self._handle_events(records)
            self._offsets.decided(records)
        except Exception as fault:
            # A fault that the inbox does not know: sought back and taken again, but not in a tight loop.
            log.error("subscription.failed", batch=len(records), where=where_raised(fault))  # noqa: TRY400  no data in logs
            await asyncio.sleep(1)
            raise
        finally:
            self._idle.set()

    async def start(self) -> None:
        """Join the group; tried until the broker is there."""
        while not self._stopping:
            try:
                await self._broker.start()
            except (KafkaError, OSError) as away:
                log.warning("subscription.kafka_away", error=type(away).__name__)
                self.last_poll = time.monotonic()  # it is Kafka that is away, not we who are stuck
                await asyncio.sleep(1)
            else:
                self._watch_polls()
                return

    def _watch_polls(self) -> None:
        consumer = self._subscriber.consumer
        if consumer is None:
            return
        getmany = consumer.getmany

        async def polled(*_: Any, timeout_ms: Any = 0, max_records: Any = None) -> Any:  # noqa: ANN401, ARG001  aiokafka's own
            # FastStream sleeps its timeout after an empty poll, so that has to be short; the poll itself may be long.
            if MANY <= self._polled < BATCH:
                await asyncio.sleep(GATHER_SECONDS)
            self.last_poll = time.monotonic()
            LAST_POLL.set_to_current_time()
            await self._offsets.flush(COMMIT_SECONDS)
            records = await getmany(timeout_ms=POLL_MS, max_records=max_records)
            self._polled = sum(map(len, records.values()))
            return records

        consumer.getmany = polled  # type: ignore[method-assign]

    def stuck_for(self) -> float:
        """Seconds since the consumer last asked for records, or 0.0 while a batch is being decided."""
        return 0.0 if not self._idle.is_set() else time.monotonic() - self.last_poll

    def assigned(self) -> int:
        """How many partitions are ours; 0 before the group is joined."""
        consumer = self._subscriber.consumer
        return 0 if consumer is None else len(consumer.assignment())

    async def stop(self) -> None:
        """Poll no more, finish the batch, commit its offsets, leave the group."""
        self._stopping = True
        self._subscriber.running = False
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(10):
                await self._offsets.flush()
                await self._broker.stop()


async def partitions_of(bootstrap: str, topics: Collection[str]) -> list[TopicPartition]:
    """All partitions of those of these topics that exist; a consumer knows only those of what it is assigned."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        have = sorted(set(await admin.list_topics()) & set(topics))
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in (await admin.describe_topics(have) if have else ())
            for partition in topic["partitions"]
        ]
    finally:
        await admin.close()


async def provision(
    bootstrap: str, topics: Sequence[str], *, partitions: int, replication: int, retention_ms: int
) -> list[str]:
    """Make the topics that are missing; answers which. Existing ones are left as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        have = set(await admin.list_topics())
        missing = [topic for topic in topics if topic not in have]
        configs = {"retention.ms": str(retention_ms), "min.insync.replicas": "2" if replication > 2 else "1"}  # noqa: PLR2004  a majority
        inputs = [NewTopic(topic, partitions, replication, topic_configs=configs) for topic in missing]
        if inputs:
            with suppress(TopicAlreadyExistsError):
                await admin.create_topics(inputs)
    finally:
        await admin.close()
    return missing
