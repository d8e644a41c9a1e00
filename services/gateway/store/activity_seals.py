"""The seals of the activity logs, and the lines that they are made from."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from database.postgres import Db
from services.gateway.model.activity_seal import Head, Seal, StoredLine


async def changed(db: Db, before: datetime, most: int) -> tuple[int, list[UUID]] | None:
    """The next changes of the feed before a time: the last one's id, and the agencies. None when there is none."""
    since = await db.fetchval("SELECT feed_id FROM activity_sealing FOR UPDATE SKIP LOCKED")
    if since is None:
        return None
    rows = await db.fetch(
        "SELECT id, agency_id FROM feed WHERE id > $1 AND at < $2 ORDER BY id LIMIT $3", since, before, most
    )
    return (rows[-1]["id"], sorted({row["agency_id"] for row in rows})) if rows else None


async def looked_at(db: Db, feed_id: int) -> None:
    """Note up to which change of the feed the logs are sealed."""
    await db.execute("UPDATE activity_sealing SET feed_id = $1", feed_id)


async def seal_of(db: Db, agency_id: UUID) -> Seal | None:
    """The seal of an agency's log."""
    row = await db.fetchrow("SELECT upto, heads FROM activity_seals WHERE agency_id = $1", agency_id)
    return None if row is None else Seal(row["upto"], {owner: Head(**head) for owner, head in row["heads"].items()})


async def lines_after(db: Db, agency_id: UUID, after: int, most: int) -> list[StoredLine]:
    """The next lines of an agency's log, in order."""
    rows = await db.fetch(_LINES, agency_id, after, most)
    return [StoredLine(*row.values()) for row in rows]


async def save(db: Db, agency_id: UUID, seal: Seal) -> None:
    """Write the seal of an agency's log."""
    heads = {owner: asdict(head) for owner, head in seal.heads.items()}
    await db.execute(_SAVE, agency_id, seal.upto, heads)


_LINES = """
SELECT id, at, kind, costs, type, actor, operation_id, about, data FROM activity
WHERE agency_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""
_SAVE = """
INSERT INTO activity_seals (agency_id, upto, heads) VALUES ($1, $2, $3)
ON CONFLICT (agency_id) DO UPDATE SET upto = excluded.upto, heads = excluded.heads
"""
