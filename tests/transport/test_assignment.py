"""An offset is acknowledged once nothing of its record is kept in memory, and by a member of the group only."""

from __future__ import annotations

from typing import Any

from aiokafka import TopicPartition

from transport.assignment import Assignment
from transport.records import StoredRecord

PLACE = TopicPartition("members.events", 3)


class Broker:
    """The consumer's commits."""

    def __init__(self) -> None:
        self.committed: list[dict[TopicPartition, int]] = []

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.committed.append(offsets)


def record(offset: int) -> StoredRecord:
    return StoredRecord(PLACE.topic, PLACE.partition, offset, None, None, ())


async def test_what_was_taken_is_acknowledged_only_after_it_was_settled() -> None:
    assignment, broker = Assignment(), Broker()
    consumer: Any = broker
    await assignment.on_partitions_assigned(())
    assignment.note(assignment.decided, [record(6), record(7)])
    await assignment.acknowledge(consumer)
    assert broker.committed == []
    assignment.flush(assignment.decided)
    await assignment.acknowledge(consumer)
    await assignment.acknowledge(consumer)
    assert broker.committed == [{PLACE: 8}]


async def test_what_was_taken_before_a_rebalance_is_never_acknowledged() -> None:
    assignment, broker = Assignment(), Broker()
    consumer: Any = broker
    await assignment.on_partitions_assigned(())
    before = assignment.decided
    assignment.note(before, [record(7)])
    await assignment.on_partitions_revoked(())
    assignment.flush(before)
    await assignment.acknowledge(consumer)
    await assignment.on_partitions_assigned(())
    assignment.note(before, [record(8)])
    assignment.flush(before)
    assignment.flush(assignment.decided)
    await assignment.acknowledge(consumer)
    assert broker.committed == []
