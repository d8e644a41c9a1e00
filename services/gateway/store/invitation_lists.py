"""Lists of people to invite: stored before the first invitation, so that a list that was cut off can go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from database.postgres import Pool


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list of a sender, under the key of its request."""

    id: UUID
    key: str
    people: Sequence[Mapping[str, str]]


async def save(pool: Pool, agency_id: UUID, member_id: UUID, stored: StoredList, now: datetime) -> None:
    """Store a list, unless it is stored."""
    await pool.execute(
        "INSERT INTO invitation_lists (id, agency_id, member_id, key, people, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        *(stored.id, agency_id, member_id, stored.key, list(stored.people), now),
    )


async def of(pool: Pool, agency_id: UUID, member_id: UUID, list_id: UUID) -> StoredList | None:
    """The list of this sender; None when there is none."""
    row = await pool.fetchrow(
        "SELECT id, key, people FROM invitation_lists WHERE id = $1 AND agency_id = $2 AND member_id = $3",
        *(list_id, agency_id, member_id),
    )
    return None if row is None else StoredList(row["id"], row["key"], row["people"])


async def statuses(pool: Pool, agency_id: UUID, emails: Sequence[str]) -> dict[str, str]:
    """The status of each of these addresses that the agency has a member with."""
    rows = await pool.fetch(
        "SELECT email, status FROM members WHERE agency_id = $1 AND email = ANY($2::text[])", agency_id, list(emails)
    )
    return {row["email"]: row["status"] for row in rows}


async def promised(pool: Pool, agency_id: UUID) -> dict[str, int]:
    """How many open invitations promise a seat of each type."""
    rows = await pool.fetch(
        "SELECT seat_type, count(*) AS people FROM members WHERE agency_id = $1 AND status = 'invited'"
        " GROUP BY seat_type",
        agency_id,
    )
    return {row["seat_type"]: row["people"] for row in rows}
