"""The operator's SQL about deferred messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.deferred_messages import WAITING, DeferredMessage, read_row
from database.postgres import Db

PIECE = 500
"""Agencies or messages that a command works on together: enough that a transaction pays, and few enough to be short."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages an operator means: those that fit each of these that is named."""

    agency: UUID | None = None
    kind: str | None = None


async def listing(db: Db, choice: Choice = Choice(), after: int = 0, limit: int = PIECE) -> list[DeferredMessage]:
    """A page of what is deferred, oldest first."""
    return [read_row(row) for row in await db.fetch(_LIST, choice.agency, choice.kind, after, limit)]


async def agencies(db: Db, after: UUID, limit: int) -> list[dict[str, Any]]:
    """A page of agencies that have deferred messages, in the order of their ids: how many of each kind, since when."""
    return [dict(row) for row in await db.fetch(_AGENCIES, after, limit)]


async def show(db: Db, deferred_id: int) -> DeferredMessage | None:
    """One row, whole."""
    row = await db.fetchrow("SELECT * FROM deferred_messages WHERE id = $1", deferred_id)
    return None if row is None else read_row(row)


async def parked(db: Db, after: UUID, limit: int) -> list[dict[str, Any]]:
    """A page of parked agencies, in the order of their ids: since when, how many messages wait, and what failed."""
    return [dict(row) for row in await db.fetch(_PARKED, after, limit)]


async def still_parked(db: Db, chosen: Sequence[UUID]) -> set[UUID]:
    """Those of the agencies that are parked."""
    rows = await db.fetch(
        "SELECT agency_id FROM actors WHERE agency_id = ANY($1) AND parked_at IS NOT NULL", list(chosen)
    )
    return {row["agency_id"] for row in rows}


async def dismissable(db: Db, numbers: Sequence[int] | None, choice: Choice, after: int) -> list[int]:
    """A piece of the numbers, oldest first, of messages that are only kept to look at: of these, and of a choice."""
    named = list(numbers) if numbers else None
    rows = await db.fetch(_DISMISSABLE, named, choice.agency, choice.kind, list(WAITING), after, PIECE)
    return [row["id"] for row in rows]


_LIST = """
SELECT * FROM deferred_messages
WHERE id > $3 AND ($1::uuid IS NULL OR agency_id = $1) AND ($2::text IS NULL OR kind = $2) ORDER BY id LIMIT $4
"""
_AGENCIES = """
SELECT agency_id AS agency, min(at) AS since, count(*) FILTER (WHERE kind = 'ahead') AS ahead,
    count(*) FILTER (WHERE kind = 'gap') AS gap, count(*) FILTER (WHERE kind = 'parked') AS parked,
    count(*) FILTER (WHERE kind = 'rejected') AS rejected, count(*) FILTER (WHERE kind = 'quarantined') AS quarantined
FROM deferred_messages WHERE agency_id > $1 GROUP BY agency_id ORDER BY agency_id LIMIT $2
"""
_PARKED = """
SELECT a.agency_id AS agency, a.parked_at AS since, a.waiting, d.id AS number, d.type, d.reason
FROM actors a LEFT JOIN LATERAL (
    SELECT id, type, reason FROM deferred_messages d
    WHERE d.agency_id = a.agency_id AND d.kind = 'parked' AND d.seq IS NOT NULL ORDER BY d.id LIMIT 1
) d ON true
WHERE a.parked_at IS NOT NULL AND a.agency_id > $1 ORDER BY a.agency_id LIMIT $2
"""
_DISMISSABLE = """
SELECT id FROM deferred_messages
WHERE ($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::uuid IS NULL OR agency_id = $2)
    AND ($3::text IS NULL OR kind = $3) AND NOT kind = ANY($4) AND id > $5 ORDER BY id LIMIT $6 FOR UPDATE
"""
