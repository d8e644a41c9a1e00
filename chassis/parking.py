"""What is set aside: early messages that wait for their cause, a failed fact's agency, and what nobody can read.

Early ones take themselves up. A parked agency waits, in order, until an operator resumes it; the others go on.
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
"""The kinds that are taken up again; the others are only kept to look at."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A row of what was set aside. `reason` is for the operator and quotes no data."""

    id: int | None
    agency_id: UUID | None
    kind: str
    reason: str
    type: str | None
    record: Record
    at: datetime


async def load(db: Db, agencies: Collection[UUID]) -> list[Aside]:
    """What waits for these agencies, in the order in which it came."""
    if not agencies:
        return []
    rows = await db.fetch(_LOAD, list(agencies), list(WAITING))
    return [_aside(row) for row in rows]


async def write(db: Db, asides: Sequence[Aside]) -> None:
    """Keep these rows, in order. An unreadable record that was kept already (a redelivered batch) is kept once."""
    if asides:
        await db.executemany(
            _KEEP,
            [
                (
                    aside.agency_id,
                    aside.kind,
                    _printable(aside.reason),
                    aside.type,
                    aside.record.topic,
                    aside.record.partition,
                    aside.record.offset,
                    aside.record.key,
                    orjson.dumps([[name, _kept(value)] for name, value in aside.record.headers]),
                    aside.record.value,
                    aside.at,
                )
                for aside in asides
            ],
        )


def _kept(value: bytes | None) -> str | None:
    # A header without a value is none, and stays none: read again it must be what it was.
    return None if value is None else value.decode("latin-1")


def _printable(reason: str) -> str:
    # It may quote what could not be read, and a NUL in it would keep the record from being kept: for ever.
    return "".join(char if char.isprintable() else "?" for char in reason)


async def forget(db: Db, ids: Sequence[int]) -> None:
    """Drop rows that were taken up (or that an operator has dealt with)."""
    if ids:
        await db.execute("DELETE FROM set_aside WHERE id = ANY($1)", list(ids))


async def park(db: Db, failed: Sequence[tuple[int, str]]) -> None:
    """Say of rows that were taken up and failed why their agency is parked."""
    if failed:
        await db.execute(_PARK, [aside_id for aside_id, _ in failed], [reason for _, reason in failed])


async def listing(db: Db) -> list[Aside]:
    """Everything that is set aside, oldest first, at most 500 rows."""
    return [_aside(row) for row in await db.fetch("SELECT * FROM set_aside ORDER BY id LIMIT 500")]


async def show(db: Db, aside_id: int) -> Aside | None:
    """One row, whole."""
    row = await db.fetchrow("SELECT * FROM set_aside WHERE id = $1", aside_id)
    return None if row is None else _aside(row)


async def parked_agencies(db: Db) -> list[tuple[UUID, datetime, int]]:
    """The agencies that wait for an operator: since when, and how many messages of theirs wait."""
    rows = await db.fetch(
        "SELECT agency_id, parked_at, waiting FROM actors WHERE parked_at IS NOT NULL ORDER BY parked_at"
    )
    return [(row["agency_id"], row["parked_at"], row["waiting"]) for row in rows]


def _aside(row: Any) -> Aside:  # noqa: ANN401  asyncpg's record
    headers = [
        (name, None if value is None else value.encode("latin-1")) for name, value in orjson.loads(row["headers"])
    ]
    record = StoredRecord(
        row["topic"], row["kafka_partition"], row["kafka_offset"], row["key"], row["value"], tuple(headers)
    )
    return Aside(row["id"], row["agency_id"], row["kind"], row["reason"], row["type"], record, row["at"])


_LOAD = "SELECT * FROM set_aside WHERE agency_id = ANY($1) AND kind = ANY($2) ORDER BY id"
_PARK = """
UPDATE set_aside s SET kind = 'parked', reason = n.reason
FROM unnest($1::bigint[], $2::text[]) AS n (id, reason) WHERE s.id = n.id
"""
_KEEP = """
INSERT INTO set_aside
    (agency_id, kind, reason, type, topic, kafka_partition, kafka_offset, key, headers, value, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (topic, kafka_partition, kafka_offset) WHERE kind = 'unreadable' DO NOTHING
"""
