"""The topics of the bus, and who listens where is each service's own table of what it hears."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import Service

PARTITIONS = 24
"""From the start and for ever: more partitions would move keys, and with them the order of an agency's messages."""
RETENTION_MS = 7 * 24 * 3600 * 1000
"""Seven days; what is older is replayed from the outboxes."""
STRIPE_EVENTS = "stripe.events"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and what its key is."""

    name: str
    key: str


TOPICS: tuple[Topic, ...] = (
    *(Topic(f"{service}.{kind}", "agency id") for service in Service for kind in ("commands", "events")),
    Topic("billing.replies", "agency id"),
    Topic(STRIPE_EVENTS, "Stripe customer id"),
)
