"""The topics at the broker: provisioning, and which partitions there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError


async def partitions_of(bootstrap: str, topics: Collection[str]) -> list[TopicPartition]:
    """All partitions of those of these topics that exist; a consumer knows only those that it is assigned."""
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
    """Create the missing topics; returns their names. Existing topics stay as they are."""
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
