"""The operator's SQL about deferred messages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.deferred_messages import DeferredMessage, read_row
from database.postgres import Db


async def listing(db: Db) -> list[DeferredMessage]:
    """Everything that is deferred, oldest first, at most 500 rows."""
    return [read_row(row) for row in await db.fetch("SELECT * FROM deferred_messages ORDER BY id LIMIT 500")]


async def show(db: Db, deferred_id: int) -> DeferredMessage | None:
    """One row, whole."""
    row = await db.fetchrow("SELECT * FROM deferred_messages WHERE id = $1", deferred_id)
    return None if row is None else read_row(row)


async def parked_agencies(db: Db) -> list[tuple[UUID, datetime, int]]:
    """The parked agencies: since when, and how many of their messages wait."""
    rows = await db.fetch(
        "SELECT agency_id, parked_at, waiting FROM actors WHERE parked_at IS NOT NULL ORDER BY parked_at"
    )
    return [(row["agency_id"], row["parked_at"], row["waiting"]) for row in rows]
