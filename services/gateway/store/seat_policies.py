"""The policies of the seat types and the moving line: written a batch at a time and read; last month's first logins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from contracts.members import Activated, Blocked
from contracts.policy_vocabulary import SeatPolicy, policy_of_the_switch
from contracts.vocabulary import SeatType
from database.postgres import Db, Pool, columns
from services.gateway.domain.first_logins import FirstLogins
from services.gateway.model.activity import Kind
from services.gateway.model.changes import AgencyChanges


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write the policies that the batch has set."""
    if changed := [(changes.agency_id, *changes.policies) for changes in states if changes.policies is not None]:
        await db.execute(
            "UPDATE agencies a SET policy_base = u.base, policy_voice = u.voice"
            " FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(agency_id, base, voice)"
            " WHERE a.agency_id = u.agency_id",
            [agency_id for agency_id, _, _ in changed],
            [base for _, base, _ in changed],
            [voice for _, _, voice in changed],
        )


async def save_moving_lines(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write whether the lines of the batch move by themselves."""
    if changed := [(changes.agency_id, changes.moving_line) for changes in states if changes.moving_line is not None]:
        await db.execute(
            "UPDATE agencies a SET moving_line = u.moving_line"
            " FROM unnest($1::uuid[], $2::boolean[]) AS u(agency_id, moving_line) WHERE a.agency_id = u.agency_id",
            *columns(changed),
        )


async def policies(pool: Pool, agency_id: UUID) -> tuple[SeatPolicy, SeatPolicy]:
    """The policies of Base and Voice."""
    row = await pool.fetchrow(
        "SELECT auto_add, policy_base, policy_voice FROM agencies WHERE agency_id = $1", agency_id
    )
    if row is None:
        return SeatPolicy.ASK, SeatPolicy.ASK
    plain = policy_of_the_switch(enabled=row["auto_add"])
    return SeatPolicy(row["policy_base"] or plain), SeatPolicy(row["policy_voice"] or plain)


async def first_logins(pool: Pool, agency_id: UUID, since: datetime, until: datetime) -> Mapping[SeatType, FirstLogins]:
    """What became of the first logins between these times, for each seat type that has any."""
    rows = await pool.fetch(_FIRST_LOGINS, agency_id, Kind.MEMBER.value, Activated.type, Blocked.type, since, until)
    return {SeatType(row["seat_type"]): FirstLogins(row["free"], row["bought"], row["blocked"]) for row in rows}


_FIRST_LOGINS = """
SELECT data ->> 'seat_type' AS seat_type,
       count(*) FILTER (WHERE type = $3 AND data ->> 'waited_since' IS NULL) AS free,
       count(*) FILTER (WHERE type = $3 AND data ->> 'waited_since' IS NOT NULL) AS bought,
       count(*) FILTER (WHERE type = $4) AS blocked
FROM activity
WHERE agency_id = $1 AND kind = $2 AND type IN ($3, $4) AND at >= $5 AND at < $6
  AND data ->> 'before' = 'pending_login'
GROUP BY 1
"""
