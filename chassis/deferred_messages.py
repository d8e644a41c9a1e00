"""Deferred messages: early ones, those of a parked agency, and those that are kept only to look at.

An early message is decided once its cause has arrived. A parked agency waits until an operator resumes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from database.postgres import Db, columns
from transport.records import Record, StoredRecord

WAITING = ("ahead", "gap", "parked")
"""The kinds that will be decided; the others are only kept to look at."""
PORTION = 100
"""Messages of a stream that are looked at together: enough that a transaction pays, and few enough to be short."""


@dataclass(frozen=True, slots=True)
class DeferredMessage:
    """A row of the table. `reason` is for the operator and quotes no data. Only a message that waits has a `seq`."""

    id: int | None
    agency_id: UUID | None
    kind: str
    reason: str
    type: str | None
    record: Record
    at: datetime
    sender: str | None = None
    seq: int | None = None


async def heads(db: Db, agencies: Collection[UUID], most: int) -> list[DeferredMessage]:
    """The first messages that wait of each stream (an agency's of a sender and topic), in the order of arrival."""
    return [read_row(row) for row in await db.fetch(_HEADS, list(agencies), most)]


async def waiting_agencies(db: Db) -> set[UUID]:
    """The agencies with messages that wait, but for those that are parked."""
    rows = await db.fetch("SELECT agency_id FROM actors WHERE waiting > 0 AND parked_at IS NULL")
    return {row["agency_id"] for row in rows}


async def write(db: Db, deferred: Sequence[DeferredMessage]) -> Counter[UUID]:
    """Store rows, in order; returns how many of them wait, by agency. A message that is stored already stays once."""
    if not deferred:
        return Counter()
    rows = columns(
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
            message.sender,
            message.seq,
        )
        for message in deferred
    )
    return Counter(row["agency_id"] for row in await db.fetch(_KEEP, *rows) if row["seq"] is not None)


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


def read_row(row: Any) -> DeferredMessage:  # noqa: ANN401  asyncpg's record
    """The message of a row."""
    headers = [
        (name, None if value is None else value.encode("latin-1")) for name, value in orjson.loads(row["headers"])
    ]
    record = StoredRecord(
        row["topic"], row["kafka_partition"], row["kafka_offset"], row["key"], row["value"], tuple(headers)
    )
    return DeferredMessage(
        row["id"],
        row["agency_id"],
        row["kind"],
        row["reason"],
        row["type"],
        record,
        row["at"],
        row["sender"],
        row["seq"],
    )


_HEADS = """
WITH RECURSIVE streams AS (
    SELECT a.agency_id, ''::text AS sender, ''::text AS topic FROM unnest($1::uuid[]) AS a (agency_id)
    UNION ALL
    SELECT s.agency_id, n.sender, n.topic FROM streams s CROSS JOIN LATERAL (
        SELECT sender, topic FROM deferred_messages d
        WHERE d.agency_id = s.agency_id AND (d.sender, d.topic) > (s.sender, s.topic) AND d.seq IS NOT NULL
        ORDER BY d.sender, d.topic LIMIT 1
    ) n
)
SELECT d.* FROM streams s CROSS JOIN LATERAL (
    SELECT * FROM deferred_messages d
    WHERE d.agency_id = s.agency_id AND d.sender = s.sender AND d.topic = s.topic AND d.seq IS NOT NULL
    ORDER BY d.seq, d.id LIMIT $2
) d ORDER BY d.id
"""
_PARK = """
UPDATE deferred_messages s SET kind = 'parked', reason = n.reason
FROM unnest($1::bigint[], $2::text[]) AS n (id, reason) WHERE s.id = n.id
"""
_KEEP = """
INSERT INTO deferred_messages
    (agency_id, kind, reason, type, topic, kafka_partition, kafka_offset, key, headers, value, at, sender, seq)
SELECT agency_id, kind, reason, type, topic, kafka_partition, kafka_offset, key, headers, value, at, sender, seq
FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::bytea[], $9::bytea[],
    $10::bytea[], $11::timestamptz[], $12::text[], $13::bigint[]
) WITH ORDINALITY AS n (
    agency_id, kind, reason, type, topic, kafka_partition, kafka_offset, key, headers, value, at, sender, seq, place
)
WHERE n.seq IS NULL OR n.seq = 0 OR NOT EXISTS (
    SELECT FROM deferred_messages d
    WHERE d.agency_id = n.agency_id AND d.sender = n.sender AND d.topic = n.topic AND d.seq = n.seq
)
ORDER BY n.place
ON CONFLICT (topic, kafka_partition, kafka_offset) WHERE kind = 'quarantined' DO NOTHING
RETURNING agency_id, seq
"""
