"""The operator's SQL about tasks: calls to Stripe and the mail server that are not done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from database.postgres import Db


async def listing(db: Db, agency: UUID | None, after: int, limit: int) -> list[dict[str, Any]]:
    """A page of tasks in the order of their recording, without their data."""
    return [dict(row) for row in await db.fetch(_LIST, agency, after, limit)]


async def show(db: Db, task_id: UUID) -> dict[str, Any] | None:
    """One task, whole."""
    row = await db.fetchrow("SELECT * FROM tasks WHERE id = $1", task_id)
    return None if row is None else dict(row)


async def retry(db: Db, task_ids: list[UUID], *, dry_run: bool) -> list[UUID]:
    """Make tasks due now; returns those that wait. One that a worker has is left alone."""
    waiting = [row["id"] for row in await db.fetch(_WAITING, task_ids)]
    if not dry_run:
        await db.execute("UPDATE tasks SET run_at = least(run_at, now()) WHERE id = ANY($1) AND lease IS NULL", waiting)
    return waiting


_WAITING = "SELECT id FROM tasks WHERE id = ANY($1) AND lease IS NULL AND run_at > now() ORDER BY position"
_LIST = """
SELECT position, id, agency_id AS agency, kind, recorded_at AS recorded, run_at AS due, tries, last_reason AS reason
FROM tasks WHERE position > $2 AND ($1::uuid IS NULL OR agency_id = $1) ORDER BY position LIMIT $3
"""
