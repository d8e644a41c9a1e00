"""The limits of Auto-Add, written a batch at a time and read, and the seats that it bought this and last month."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from contracts.seats_purchases import SeatsAutoAdded
from contracts.vocabulary import SeatType
from database.postgres import Db, Pool
from services.gateway.domain.auto_add_limits import Bought, Limit, Limits
from services.gateway.model.activity import Kind
from services.gateway.model.changes import AgencyChanges


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write the limits that the batch has set."""
    if changed := [(changes.agency_id, changes.limits) for changes in states if changes.limits is not None]:
        await db.execute(
            "UPDATE agencies a SET auto_add_limits = u.limits::jsonb"
            " FROM unnest($1::uuid[], $2::text[]) AS u(agency_id, limits) WHERE a.agency_id = u.agency_id",
            [agency_id for agency_id, _ in changed],
            [json.dumps(asdict(limits)) for _, limits in changed],
        )


async def limits(pool: Pool, agency_id: UUID) -> Limits:
    """The agency's limits."""
    stored = await pool.fetchval("SELECT auto_add_limits FROM agencies WHERE agency_id = $1", agency_id)
    return Limits(*(Limit(**(stored or {}).get(name.value, {})) for name in SeatType))


async def bought(
    pool: Pool, agency_id: UUID, last_month: datetime, this_month: datetime
) -> Mapping[tuple[bool, SeatType], Bought]:
    """What Auto-Add bought of each seat type, by whether it was this month; the months begin at these times."""
    rows = await pool.fetch(_BOUGHT, agency_id, Kind.SEAT.value, SeatsAutoAdded.type, last_month, this_month)
    return {(row["is_this_month"], SeatType(row["seat_type"])): Bought(row["seats"], row["purchased"]) for row in rows}


_BOUGHT = """
SELECT at >= $5 AS is_this_month, t.seat_type,
       sum((data #>> ARRAY['after', t.seat_type])::int - (data #>> ARRAY['before', t.seat_type])::int)::int AS seats,
       max((data #>> ARRAY['after', t.seat_type])::int) AS purchased
FROM activity CROSS JOIN unnest(ARRAY['base', 'voice']) AS t (seat_type)
WHERE agency_id = $1 AND kind = $2 AND type = $3 AND at >= $4
GROUP BY 1, 2
"""
