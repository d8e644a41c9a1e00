"""The settings that the topics at the broker must have, so that no service stops silently on an odd one.

A service checks the topics that it subscribes to when it starts. A difference with which messages would be lost,
refused or out of order ends it with a sentence; any other is a warning. `headcount provision` makes and repairs them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from contracts.topics import MAX_MESSAGE_BYTES, PARTITIONS, RETENTION_MS
from transport.access import KafkaAccess

log = structlog.get_logger(__name__)

READABLE = frozenset({"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"})
"""The values of `compression.type` that the consumers can read."""
_MAJORITY_OF = 3
"""With so many copies of a partition, two must have a record before it is acknowledged."""


class TopicError(Exception):
    """A topic with which the service cannot work; the message names it and what differs."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic at the broker. `settings` has the values in force, `own` those that were set for this topic."""

    partitions: int
    replication: int
    settings: Mapping[str, str]
    own: Mapping[str, str]


def settings_of(replication: int, retention_ms: int = RETENTION_MS) -> dict[str, str]:
    """The settings of a topic whose partitions have so many copies."""
    return {
        "retention.ms": str(retention_ms),
        "min.insync.replicas": "2" if replication >= _MAJORITY_OF else "1",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
        "compression.type": "producer",
    }


def breaking(topic: TopicState | None) -> list[str]:
    """The differences with which no service may start."""
    if topic is None:
        return ["it does not exist, or ACLs hide it"]
    differences = []
    if topic.partitions != PARTITIONS:
        differences.append(f"it has {topic.partitions} partitions instead of {PARTITIONS}")
    if (compression := topic.settings["compression.type"]) not in READABLE:
        differences.append(f"its compression.type, {compression}, cannot be read")
    if (most := int(topic.settings["max.message.bytes"])) < MAX_MESSAGE_BYTES:
        differences.append(f"its max.message.bytes, {most}, is below {MAX_MESSAGE_BYTES}")
    return differences


def unusual(topic: TopicState) -> list[str]:
    """The differences that endanger nothing at once."""
    differences = []
    if topic.replication < _MAJORITY_OF:
        differences.append(f"replication {topic.replication}")
    expected = settings_of(topic.replication)
    differences += [
        f"{name} {topic.settings[name]} instead of {expected[name]}"
        for name in ("min.insync.replicas", "retention.ms")
        if int(topic.settings[name]) < int(expected[name]) and topic.settings[name] != "-1"
    ]
    return differences


async def check_topics(kafka: KafkaAccess, names: Collection[str]) -> None:
    """Check topics. TopicError for the first one with a breaking difference; KafkaError while the broker is away."""
    async with administration(kafka) as admin:
        states = await read_topics(admin, names)
    for name in names:
        if differences := breaking(states.get(name)):
            raise TopicError(f"Topic {name}: {'; '.join(differences)}. Run `headcount provision`.")
        for difference in unusual(states[name]):
            log.warning("process.topic_differs", topic=name, reason=difference)


@asynccontextmanager
async def administration(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client of the broker's administration. AccessRefusedError if Kafka does not let us in."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap, **kafka.options)
    try:
        await admin.start()
    except KafkaError:  # which does not say why
        await kafka.check()
        raise
    try:
        yield admin
    finally:
        await admin.close()


async def read_topics(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, TopicState]:
    """The present state of those of these topics that exist."""
    have = sorted(set(await admin.list_topics()) & set(names))
    if not have:
        return {}
    partitions = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics(have)}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in have])
    configs = {
        resource["resource_name"]: resource["config_entries"]
        for answer in answers
        for resource in answer.to_object()["resources"]
    }
    return {
        name: TopicState(
            partitions=len(partitions[name]),
            replication=min(len(partition["replicas"]) for partition in partitions[name]),
            settings={entry["config_names"]: entry["config_value"] for entry in configs[name]},
            own={
                entry["config_names"]: entry["config_value"]
                for entry in configs[name]
                if entry["config_source"] == _SET_FOR_THE_TOPIC
            },
        )
        for name in have
    }


_SET_FOR_THE_TOPIC = 1
"""Where a value comes from, in Kafka's protocol: DYNAMIC_TOPIC_CONFIG."""
