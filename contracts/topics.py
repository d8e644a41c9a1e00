"""The topics of the bus, with their keys, partitions and retention. Each service's `HANDLERS` names its topics."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import Service

PARTITIONS = 24
"""Never change this number: more partitions would move keys, and an agency's messages would lose their order."""
RETENTION_MS = 7 * 24 * 3600 * 1000
"""Seven days. Older messages are replayed from the outboxes."""
MESSAGE_BYTES = 900_000
"""A larger message is not published: its decision fails. Every list in a message is bounded far below this."""
MAX_MESSAGE_BYTES = 1_048_588
"""The size that a topic takes: a message with its headers, and a batch of the producer. It is Kafka's own default."""
STRIPE_EVENTS = "stripe.events"
RESENDS = "headcount.resends"
"""Requests to publish messages again (`contracts/gaps.py`). Every service subscribes to it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. `key` names the id that its records are keyed by."""

    name: str
    key: str


TOPICS: tuple[Topic, ...] = (
    *(Topic(f"{service}.{kind}", "agency id") for service in Service for kind in ("commands", "events")),
    *(Topic(f"{service}.replies", "agency id") for service in (Service.SEATS, Service.BILLING)),
    Topic(STRIPE_EVENTS, "Stripe customer id"),
    Topic(RESENDS, "subscriber"),
)
