"""The reduction that waits for the renewal, written a batch at a time and read."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from database.postgres import Db, Pool, columns
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.reduction import ReductionChange, ScheduledReduction


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write what the batch has scheduled, or ended."""
    if changed := [_row(changes.agency_id, changes.reduction) for changes in states if changes.reduction is not None]:
        await db.execute(_SAVE, *columns(changed))


def _row(agency_id: UUID, change: ReductionChange) -> tuple[object, ...]:
    reduction = change.now
    if reduction is None:
        return (agency_id, None, None, None)
    return (agency_id, reduction.at, reduction.base, reduction.voice)


async def scheduled(pool: Pool, agency_id: UUID) -> ScheduledReduction | None:
    """The reduction that waits for the renewal, if there is one."""
    row = await pool.fetchrow(
        "SELECT reduction_at, reduction_base, reduction_voice FROM agencies WHERE agency_id = $1", agency_id
    )
    if row is None or row["reduction_at"] is None:
        return None
    return ScheduledReduction(row["reduction_at"], row["reduction_base"], row["reduction_voice"])


_SAVE = """
UPDATE agencies a SET reduction_at = u.at, reduction_base = u.base, reduction_voice = u.voice
FROM unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::integer[]) AS u (agency_id, at, base, voice)
WHERE a.agency_id = u.agency_id
"""
