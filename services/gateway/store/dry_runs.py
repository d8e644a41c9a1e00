"""The members whom a dry run names: by address, or all Pending logins."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from database.postgres import Pool
from services.gateway.model.agency import Member
from services.gateway.store.reading import MEMBER_COLUMNS, member_of


async def by_address(pool: Pool, agency_id: UUID, emails: Sequence[str]) -> dict[str, Member]:
    """The agency's members with these addresses."""
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS} FROM members m WHERE m.agency_id = $1 AND m.email = ANY($2::text[])",  # noqa: S608  columns
        *(agency_id, list(emails)),
    )
    members = [member_of(row) for row in rows]
    return {member.email: member for member in members}


async def pending(pool: Pool, agency_id: UUID, limit: int) -> list[Member]:
    """The first Pending logins by name."""
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS} FROM members m WHERE m.agency_id = $1 AND m.status = 'pending_login'"  # noqa: S608  columns
        " ORDER BY m.sort_key, m.member_id LIMIT $2",
        *(agency_id, limit),
    )
    return [member_of(row) for row in rows]
