"""The feed of changes: a row a batch and agency, a notification that wakes this and other replicas, and its reading."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from database.postgres import Db, Pool
from services.gateway.model.agency import FeedRow
from services.gateway.model.changes import AgencyChanges

CHANNEL = "gateway_projected"
_NOTIFY_BYTES = 7900
"""Postgres takes less than 8000 bytes in one notification."""
_ID_CHARS = 33
"""An id in hex and the comma before it."""


async def append(db: Db, states: Collection[AgencyChanges]) -> list[UUID]:
    """Add a row for each agency that pages show differently now; return the agencies."""
    changed = [changes for changes in states if (changes.members or changes.parts) and not changes.gone]
    if changed:
        await db.execute(
            "INSERT INTO feed (agency_id, members, parts, at)"
            " SELECT u.agency_id, u.members::uuid[], u.parts::text[], u.at"
            " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS u(agency_id, members, parts, at)",
            [changes.agency_id for changes in changed],
            [_array(changes.members) for changes in changed],
            [_array(changes.parts) for changes in changed],
            [changes.at for changes in changed],
        )
    return [changes.agency_id for changes in changed]


def _array(values: Collection[object]) -> str:
    """An array as a Postgres literal: asyncpg takes no array of arrays of different lengths."""
    return "{" + ",".join(str(value) for value in values) + "}"


async def notify(db: Db, operations: Sequence[UUID], agencies: Sequence[UUID]) -> None:
    """Wake the requests and pages that wait for these operations and agencies, once the transaction commits."""
    if payloads := [*_payloads("o", operations), *_payloads("a", agencies)]:
        await db.execute("SELECT pg_notify($1, p) FROM unnest($2::text[]) p", CHANNEL, payloads)


def _payloads(kind: str, ids: Sequence[UUID]) -> Iterator[str]:
    """Notifications that name these ids: `o` for operations that ended, `a` for agencies that changed."""
    size = _NOTIFY_BYTES // _ID_CHARS
    for start in range(0, len(ids), size):
        yield kind + ",".join(id_.hex for id_ in ids[start : start + size])


async def newest(pool: Pool, agency_id: UUID) -> int:
    """The position of the agency's newest row; 0 when there is none."""
    position: int = await pool.fetchval("SELECT coalesce(max(id), 0) FROM feed WHERE agency_id = $1", agency_id)
    return position


async def reaches(pool: Pool, agency_id: UUID, position: int) -> bool:
    """Whether the feed still has every row after this position."""
    complete: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM feed WHERE agency_id = $1 AND id <= $2)", agency_id, position
    )
    return complete


async def rows_after(pool: Pool, agency_id: UUID, position: int, most: int) -> list[FeedRow]:
    """The agency's rows after this position, oldest first, `most` at a time."""
    rows = await pool.fetch(
        "SELECT id, members, parts FROM feed WHERE agency_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        agency_id,
        position,
        most,
    )
    return [FeedRow(row["id"], tuple(row["members"]), frozenset(row["parts"])) for row in rows]
