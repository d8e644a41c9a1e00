"""The seats by day: a batch's changes are added to each day, and a history is read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.vocabulary import Quantities
from database.postgres import Db, Pool
from services.gateway.domain.seat_history import Change
from services.gateway.model.changes import AgencyChanges


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Add the batch's changes to the days. An agency that was rejected has no days, even if later events name it."""
    present = [state for state in states if not state.gone]
    if rows := [(state.agency_id, day, changes) for state in present for day, changes in state.days.items()]:
        await db.execute(
            _SAVE,
            [agency_id for agency_id, _, _ in rows],
            [day for _, day, _ in rows],
            [None if changes.purchased is None else changes.purchased.base for _, _, changes in rows],
            [None if changes.purchased is None else changes.purchased.voice for _, _, changes in rows],
            [changes.base_by for _, _, changes in rows],
            [changes.voice_by for _, _, changes in rows],
        )


_SAVE = """
INSERT INTO seat_days AS d (agency_id, day, purchased_base, purchased_voice, active_base_by, active_voice_by)
SELECT u.* FROM unnest($1::uuid[], $2::date[], $3::int[], $4::int[], $5::int[], $6::int[])
    AS u(agency_id, day, purchased_base, purchased_voice, active_base_by, active_voice_by)
JOIN agencies a ON a.agency_id = u.agency_id
ON CONFLICT (agency_id, day) DO UPDATE SET
    purchased_base  = coalesce(EXCLUDED.purchased_base, d.purchased_base),
    purchased_voice = coalesce(EXCLUDED.purchased_voice, d.purchased_voice),
    active_base_by  = d.active_base_by + EXCLUDED.active_base_by,
    active_voice_by = d.active_voice_by + EXCLUDED.active_voice_by
"""


async def changes(pool: Pool, agency_id: UUID, last: date) -> list[Change]:
    """The changes of each day up to the last, oldest first; at most a row a day."""
    rows = await pool.fetch(
        "SELECT day, purchased_base, purchased_voice, active_base_by, active_voice_by FROM seat_days"
        " WHERE agency_id = $1 AND day <= $2 ORDER BY day",
        agency_id,
        last,
    )
    return [
        Change(
            row["day"],
            None if row["purchased_base"] is None else Quantities(row["purchased_base"], row["purchased_voice"]),
            Quantities(row["active_base_by"], row["active_voice_by"]),
        )
        for row in rows
    ]
