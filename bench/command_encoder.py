"""Commands as the gateway sends them: numbered without a gap per agency, with the operation that each command ends.

The bench takes the gateway's place, so that a measurement begins on `members.commands` and not in HTTP.
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
from contracts.macs import CommandKeys
from contracts.message import Command
from contracts.vocabulary import ANYONE, Actor, Service


class CommandEncoder:
    """Encodes commands, and numbers them."""

    def __init__(self, keys: CommandKeys) -> None:
        self._keys = keys
        self.sent: Counter[tuple[UUID, str]] = Counter()
        """The number of commands so far, by agency and topic."""
        self.seen: Mapping[UUID, Mapping[str, int]] = {}
        """How far the real gateway has read, by agency; read from its table before a run."""

    def encode(self, agency_id: UUID, message: Command, actor: Actor = ANYONE) -> Ready:
        """Return the record of a command, with the next number of its agency and topic."""
        self.sent[agency_id, message.topic] += 1
        command_id = new_id()
        envelope = Envelope(
            id=command_id,
            type=message.type,
            sender=Service.GATEWAY.value,
            time=datetime.now(UTC),
            agency_id=agency_id,
            seq=self.sent[agency_id, message.topic],
            causation_id=command_id,
            correlation_id=command_id,
            actor=actor,
            seen=self.seen.get(agency_id, {}),
            traceparent=f"00-{command_id.hex}-{command_id.hex[:16]}-01",
        )
        value = message.model_dump_json().encode()
        key = str(agency_id).encode()
        headers = self._keys.signed(message.topic, key, value, envelope.headers())
        return Ready(command_id, message.topic, key, value, headers)


def new_id() -> UUID:
    """Return a fresh UUIDv7, as every id on the bus is."""
    return uuid_utils.compat.uuid7()


async def begin_operations(
    db: asyncpg.Connection[Any], commands: Sequence[tuple[UUID, UUID]], kind: type[Command]
) -> None:
    """Insert the rows that requests to the gateway leave for (agency, command id); the projection ends them."""
    now = datetime.now(UTC)
    await db.copy_records_to_table(
        "operations",
        schema_name="gateway",
        columns=["id", "agency_id", "caller", "kind", "fingerprint", "outcomes", "secret", "state", "created_at"],
        records=[
            (command_id, agency, "bench", kind.type, command_id.bytes, list(kind.outcomes), False, "running", now)
            for agency, command_id in commands
        ],
    )
