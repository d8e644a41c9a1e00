"""The admins who want the monthly mail about idle seats, and the months for which it was sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from contracts.gateway import MOST_MAILED
from database.postgres import Db, Pool
from services.gateway.model.changes import AgencyChanges


async def due(pool: Pool, month: datetime, limit: int) -> list[tuple[UUID, list[UUID]]]:
    """Agencies whose mail of this month is due, each with the admins who want it."""
    rows = await pool.fetch(
        "SELECT a.agency_id, array_agg(m.member_id ORDER BY m.member_id) AS admins FROM members m"
        " JOIN agencies a ON a.agency_id = m.agency_id WHERE m.idle_mail_since < $1 AND m.status = 'active'"
        " AND m.role = 'admin' AND (a.idle_mailed_at IS NULL OR a.idle_mailed_at < $1) GROUP BY a.agency_id LIMIT $2",
        month,
        limit,
    )
    return [(row["agency_id"], row["admins"][:MOST_MAILED]) for row in rows]


async def is_wanted(pool: Pool, member_id: UUID) -> bool:
    """Whether this admin wants the mail."""
    enabled: bool = await pool.fetchval(
        "SELECT idle_mail_since IS NOT NULL FROM members WHERE member_id = $1", member_id
    )
    return enabled


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write who wants the mail from when on, and when an agency's idle seats were counted."""
    wishes = [
        (changes.agency_id, *wish) for changes in states if not changes.gone for wish in changes.idle_mails.items()
    ]
    if wishes:
        await db.execute(
            "UPDATE members m SET idle_mail_since = CASE WHEN u.since IS NULL THEN NULL"
            "  ELSE coalesce(m.idle_mail_since, u.since) END"
            " FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS u(agency_id, member_id, since)"
            " WHERE m.member_id = u.member_id AND m.agency_id = u.agency_id",
            *zip(*wishes, strict=True),
        )
    counted = [(changes.agency_id, changes.idle_counted_at) for changes in states if changes.idle_counted_at]
    if counted:
        await db.execute(
            "UPDATE agencies a SET idle_mailed_at = greatest(a.idle_mailed_at, u.at)"
            " FROM unnest($1::uuid[], $2::timestamptz[]) AS u(agency_id, at) WHERE a.agency_id = u.agency_id",
            *zip(*counted, strict=True),
        )
