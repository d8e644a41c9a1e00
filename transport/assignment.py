"""A consumer's assignment: how far each of its partitions was decided, and when that may be acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from transport.records import Record

log = structlog.get_logger(__name__)

REBALANCES = Counter("headcount_rebalances", "How often the group changed, and this consumer's partitions with it")

ACK_PATIENCE = 2.0
"""Seconds that an acknowledgement may take; a broker that is away longer gets the next one."""
DRAIN_SECONDS = 20.0
"""How long a rebalance or a shutdown waits for the batch that is being decided."""
Offsets = dict[TopicPartition, int]
"""By partition, the offset that follows the last record that was read or decided."""


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
        self.decided: Offsets | None = None
        """None while the group does not count this consumer as a member."""
        self._noted: Offsets = {}
        self.changed_at = time.time()
        self.positions: Offsets = {}
        """By partition, the offset of the record that is polled next."""
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
        REBALANCES.inc()
        self.decided, self._noted, self.positions, self.changed_at = {}, {}, {}, time.time()

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

    def note(self, decided: Offsets | None, records: Sequence[Record]) -> None:
        """Note the offsets of a batch, for `flush`. An assignment that ended meanwhile takes none."""
        self.handled += len(records)
        if decided is not None and decided is self.decided:
            for record in records:
                self._noted[TopicPartition(record.topic, record.partition)] = record.offset + 1

    def flush(self, decided: Offsets | None) -> None:
        """Have what was noted acknowledged: nothing of it is kept in memory any more."""
        if decided is not None and decided is self.decided:
            decided |= self._noted
            self._noted = {}
