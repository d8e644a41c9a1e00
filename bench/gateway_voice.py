"""Commands as the gateway gives them: numbered without a gap per agency, with the operation that each of them ends.

The bench speaks in the gateway's place, so that what is measured begins on `members.commands` and not in HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat

from bench.driver import Ready
from contracts.envelope import Envelope
from contracts.message import Command
from contracts.vocabulary import ANYONE, Actor, Service


class GatewayVoice:
    """Encodes commands."""

    def __init__(self) -> None:
        self.said: Counter[tuple[UUID, str]] = Counter()
        """By agency and topic, how many commands there have been."""
        self.seen: Mapping[UUID, Mapping[str, int]] = {}
        """How far the real gateway has read, by agency; read from its own table before a run."""

    def order(self, agency_id: UUID, message: Command, actor: Actor = ANYONE) -> Ready:
        """The record of a command, next in the numbers of its agency and topic."""
        self.said[agency_id, message.topic] += 1
        own_id = new_id()
        envelope = Envelope(
            id=own_id,
            type=message.type,
            sender=Service.GATEWAY.value,
            time=datetime.now(UTC),
            agency_id=agency_id,
            seq=self.said[agency_id, message.topic],
            causation_id=own_id,
            correlation_id=own_id,
            actor=actor,
            seen=self.seen.get(agency_id, {}),
            traceparent=f"00-{own_id.hex}-{own_id.hex[:16]}-01",
        )
        value = message.model_dump_json().encode()
        return Ready(own_id, message.topic, str(agency_id).encode(), value, envelope.headers())


def new_id() -> UUID:
    """A fresh UUIDv7, as every id of the bus is."""
    return uuid_utils.compat.uuid7()


async def begin_operations(
    db: asyncpg.Connection[Any], orders: Sequence[tuple[UUID, UUID]], kind: type[Command]
) -> None:
    """The rows that the gateway's requests leave behind when they give (agency, order); the projection ends them."""
    now = datetime.now(UTC)
    await db.copy_records_to_table(
        "operations",
        schema_name="gateway",
        columns=["id", "agency_id", "caller", "kind", "fingerprint", "outcomes", "secret", "state", "created_at"],
        records=[
            (order, agency, "bench", kind.type, order.bytes, list(kind.outcomes), False, "running", now)
            for agency, order in orders
        ],
    )
