"""The topics of the bus, with their keys, partitions and retention. Each service's `HANDLERS` names its topics."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import Service

PARTITIONS = 24
"""Never change this number: more partitions would move keys, and an agency's messages would lose their order."""
RETENTION_MS = 7 * 24 * 3600 * 1000
"""Seven days. Older messages are replayed from the outboxes."""
STRIPE_EVENTS = "stripe.events"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. `key` names the id that its records are keyed by."""

    name: str
    key: str


TOPICS: tuple[Topic, ...] = (
    *(Topic(f"{service}.{kind}", "agency id") for service in Service for kind in ("commands", "events")),
    Topic("billing.replies", "agency id"),
    Topic(STRIPE_EVENTS, "Stripe customer id"),
)
