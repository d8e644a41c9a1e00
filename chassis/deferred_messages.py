"""Deferred messages: early ones, those of a parked agency, and those that are kept only to look at.

An early message is decided once its cause has arrived. A parked agency waits until an operator resumes it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.postgres import Db
from chassis.records import Record, StoredRecord

WAITING = ("ahead", "gap", "parked")
"""The kinds that will be decided; the others are only kept to look at."""


@dataclass(frozen=True, slots=True)
class DeferredMessage:
    """A row of the table. `reason` is for the operator and quotes no data."""

    id: int | None
    agency_id: UUID | None
    kind: str
    reason: str
    type: str | None
    record: Record
    at: datetime


async def load(db: Db, agencies: Collection[UUID]) -> list[DeferredMessage]:
    """The messages of these agencies that wait, in the order of arrival."""
    if not agencies:
        return []
    rows = await db.fetch(_LOAD, list(agencies), list(WAITING))
    return [_deferred(row) for row in rows]


async def write(db: Db, deferred: Sequence[DeferredMessage]) -> None:
    """Store rows, in order. A quarantined record that is delivered again is stored once."""
    if deferred:
        await db.executemany(
            _KEEP,
            [
                (
                    message.agency_id,
                    message.kind,
                    _printable(message.reason),
                    message.type,
                    message.record.topic,
                    message.record.partition,
                    message.record.offset,
                    message.record.key,
                    orjson.dumps([[name, _kept(value)] for name, value in message.record.headers]),
                    message.record.value,
                    message.at,
                )
                for message in deferred
            ],
        )


def _kept(value: bytes | None) -> str | None:
    # A header without a value stays one: the record must read the same again.
    return None if value is None else value.decode("latin-1")


def _printable(reason: str) -> str:
    # It may quote unreadable text. A NUL in it would keep the row from being stored, for ever.
    return "".join(char if char.isprintable() else "?" for char in reason)


async def forget(db: Db, ids: Sequence[int]) -> None:
    """Delete rows that were decided or dismissed."""
    if ids:
        await db.execute("DELETE FROM deferred_messages WHERE id = ANY($1)", list(ids))


async def park(db: Db, failed: Sequence[tuple[int, str]]) -> None:
    """Note on rows whose event failed why their agency is parked."""
    if failed:
        await db.execute(_PARK, [deferred_id for deferred_id, _ in failed], [reason for _, reason in failed])


async def listing(db: Db) -> list[DeferredMessage]:
    """Everything that is deferred, oldest first, at most 500 rows."""
    return [_deferred(row) for row in await db.fetch("SELECT * FROM deferred_messages ORDER BY id LIMIT 500")]


async def show(db: Db, deferred_id: int) -> DeferredMessage | None:
    """One row, whole."""
    row = await db.fetchrow("SELECT * FROM deferred_messages WHERE id = $1", deferred_id)
    return None if row is None else _deferred(row)


async def parked_agencies(db: Db) -> list[tuple[UUID, datetime, int]]:
    """The parked agencies: since when, and how many of their messages wait."""
    rows = await db.fetch(
        "SELECT agency_id, parked_at, waiting FROM actors WHERE parked_at IS NOT NULL ORDER BY parked_at"
    )
    return [(row["agency_id"], row["parked_at"], row["waiting"]) for row in rows]


def _deferred(row: Any) -> DeferredMessage:  # noqa: ANN401  asyncpg's record
    headers = [
        (name, None if value is None else value.encode("latin-1")) for name, value in orjson.loads(row["headers"])
    ]
    record = StoredRecord(
        row["topic"], row["kafka_partition"], row["kafka_offset"], row["key"], row["value"], tuple(headers)
    )
    return DeferredMessage(row["id"], row["agency_id"], row["kind"], row["reason"], row["type"], record, row["at"])


_LOAD = "SELECT * FROM deferred_messages WHERE agency_id = ANY($1) AND kind = ANY($2) ORDER BY id"
_PARK = """
UPDATE deferred_messages s SET kind = 'parked', reason = n.reason
FROM unnest($1::bigint[], $2::text[]) AS n (id, reason) WHERE s.id = n.id
"""
_KEEP = """
INSERT INTO deferred_messages
    (agency_id, kind, reason, type, topic, kafka_partition, kafka_offset, key, headers, value, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (topic, kafka_partition, kafka_offset) WHERE kind = 'quarantined' DO NOTHING
"""
