"""The topics at the broker: which partitions there are, and provisioning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import not_
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from transport.access import KafkaAccess
from transport.topics import TopicState, administration, read_topics, settings_of

_visible = AsyncRetrying(wait=wait_fixed(0.05), stop=stop_after_delay(30), retry=retry_if_result(not_))
"""Call something until it is true. RetryError after 30 seconds."""


@dataclass(slots=True)
class Provisioned:
    """The result of `provision`: topics made, settings repaired, and differences that remain, as sentences."""

    made: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


async def partitions_of(kafka: KafkaAccess, topics: Collection[str]) -> list[TopicPartition]:
    """All partitions of those of these topics that exist; a consumer knows only those that it is assigned."""
    async with administration(kafka) as admin:
        states = await read_topics(admin, topics)
    return [TopicPartition(name, number) for name, topic in states.items() for number in range(topic.partitions)]


async def provision(
    kafka: KafkaAccess, topics: Sequence[str], *, partitions: int, replication: int, retention_ms: int
) -> Provisioned:
    """Create the missing topics, and set right the settings of the others; other settings of a topic stay.

    The number of partitions and of their copies stays: it is named in `differing`.
    """
    done = Provisioned()
    settings = settings_of(replication, retention_ms)
    async with administration(kafka) as admin:
        states = await read_topics(admin, topics)
        done.made = [topic for topic in topics if topic not in states]
        if done.made:
            with suppress(TopicAlreadyExistsError):
                made: Any = await admin.create_topics(
                    [NewTopic(topic, partitions, replication, topic_configs=settings) for topic in done.made]
                )
                for topic, code, *_ in made.topic_errors:
                    if code:
                        raise for_code(code)(topic)
        for name, topic in states.items():
            done.differing += _unrepairable(name, topic, partitions, replication)
            # A topic with fewer copies than it should have would refuse every record if more of them had to have it.
            done.repaired += await repair(admin, name, topic, settings_of(topic.replication, retention_ms))
        await _visible(_shows, admin, topics, retention_ms)
    return done


async def _shows(admin: AIOKafkaAdminClient, topics: Sequence[str], retention_ms: int) -> bool:
    """Whether the broker shows what was provisioned: its parts learn of a change one after another."""
    states = await read_topics(admin, topics)
    return len(states) == len(set(topics)) and all(
        settings_of(topic.replication, retention_ms).items() <= topic.settings.items() for topic in states.values()
    )


def _unrepairable(name: str, topic: TopicState, partitions: int, replication: int) -> list[str]:
    differences = []
    if topic.partitions != partitions:
        differences.append(
            f"{name}: {topic.partitions} partitions instead of {partitions}. Make the topic anew, and replay."
        )
    if topic.replication != replication:
        differences.append(
            f"{name}: replication {topic.replication} instead of {replication}."
            " Use kafka-reassign-partitions, then provision again."
        )
    return differences


async def repair(admin: AIOKafkaAdminClient, name: str, topic: TopicState, settings: Mapping[str, str]) -> list[str]:
    """Give a topic these settings, and leave its others; returns what was changed. KafkaError if the broker refuses."""
    different = {key: value for key, value in settings.items() if topic.settings.get(key) != value}
    if not different:
        return []
    resource = ConfigResource(ConfigResourceType.TOPIC, name, {**topic.own, **different})
    for answer in await admin.alter_configs([resource]):
        for altered in answer.to_object()["resources"]:
            if altered["error_code"]:
                raise for_code(altered["error_code"])(f"{name}: {altered['error_message']}")
    return [f"{name}: {key} was {topic.settings.get(key)}, is {value}" for key, value in different.items()]
