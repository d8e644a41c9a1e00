"""The rights of each service at the broker, from the same tables as its subscriptions and its publications."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from contracts.every_message import every_message
from contracts.senders import senders_to
from contracts.topics import RESENDS, STRIPE_EVENTS, TOPICS
from contracts.vocabulary import Service

READS = ("Read", "Describe", "DescribeConfigs")
"""A service reads the settings of its topics too, when it starts."""
WRITES = ("Write", "Describe")
DELETES = ("Write", "Describe", "Delete")
"""A service deletes the records of an erased person from the topics of messages that it writes (docs/adr/0024)."""
OPERATES = ("Create", "Alter", "AlterConfigs", "Read", "Describe", "DescribeConfigs")
"""The rights that the operator's commands `provision`, `replay --to` and `restored` need."""


class Grant(NamedTuple):
    """Operations of a principal on a `topic` or a `group`."""

    principal: str
    kind: str
    name: str
    operations: tuple[str, ...]


def subscriptions(service: Service) -> tuple[str, ...]:
    """The topics that a service reads."""
    table = "projection.table" if service is Service.GATEWAY else "handlers"
    handlers = importlib.import_module(f"services.{service}.{table}").HANDLERS
    external = {STRIPE_EVENTS} if service is Service.BILLING else set()
    return tuple(sorted({message.topic for message in handlers} | external | {RESENDS}))


def publications(service: Service) -> tuple[str, ...]:
    """The topics that a service writes."""
    every_message()  # imports them all: `senders_to` goes by the messages that are imported
    return tuple(topic.name for topic in TOPICS if service in senders_to(topic.name))


def grants(principal: str, operator: str) -> list[Grant]:
    """The rights that each service and the operator's commands need. `{service}` in `principal` is a service's name."""
    of_services = [
        grant for service in Service for grant in _of_service(service, principal.format(service=service.value))
    ]
    return of_services + [Grant(operator, "topic", topic.name, OPERATES) for topic in TOPICS]


def _of_service(service: Service, principal: str) -> Iterator[Grant]:
    yield from (Grant(principal, "topic", topic, READS) for topic in subscriptions(service))
    for topic in publications(service):
        yield Grant(principal, "topic", topic, WRITES if topic in {RESENDS, STRIPE_EVENTS} else DELETES)
    for group in Service:
        # How far the others have read decides which records can be deleted.
        yield Grant(principal, "group", group.value, ("Read",) if group is service else ("Describe",))


def as_commands(granted: list[Grant]) -> list[str]:
    """The grants as calls of Kafka's own tool, one for each principal and set of operations."""
    names: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for grant in granted:
        names[grant.principal, grant.kind, grant.operations].append(grant.name)
    return [
        " ".join(
            [
                'kafka-acls.sh --bootstrap-server "$KAFKA" --command-config "$CONFIG" --add',
                f"--allow-principal '{principal}'",
                *(f"--operation {operation}" for operation in operations),
                *(f"--{kind} {name}" for name in found),
            ]
        )
        for (principal, kind, operations), found in names.items()
    ]
