"""How far a consumer is behind: what the broker has and this process has not polled, by topic."""

from __future__ import annotations

from collections import Counter

from aiokafka import AIOKafkaConsumer
from prometheus_client import Gauge

LAG = Gauge("headcount_consumer_lag", "Records of this process's partitions that it has not polled", ["topic"])


async def measure_lag(consumer: AIOKafkaConsumer, topics: tuple[str, ...]) -> None:
    """Ask the broker where the partitions end. A topic none of whose partitions is ours is 0: others measure it."""
    lag = Counter(dict.fromkeys(topics, 0))
    ends = await consumer.end_offsets(list(consumer.assignment()))
    for place, end in ends.items():
        lag[place.topic] += max(0, end - await consumer.position(place))
    for topic, records in lag.items():
        LAG.labels(topic).set(records)
