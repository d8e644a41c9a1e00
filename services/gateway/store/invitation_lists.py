"""Lists of people to invite: stored before the first invitation, and due until they are sent in whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from database.postgres import Pool
from services.gateway.domain.list_pause import Pause

_NAMES = ("id", "agency_id", "member_id", "key", "people", "created_at", "due_at", "purchase")
_COLUMNS = f"{', '.join(_NAMES)}, pause"


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list of a sender, under the key of its request.

    The rest is sent from `due_at` on; None: nothing is left to send. `pause` is why it was put off. `purchase` is the
    operation that buys the seats first; None when none are bought.
    """

    id: UUID
    agency_id: UUID
    member_id: UUID
    key: str
    people: Sequence[Mapping[str, str]]
    created_at: datetime
    due_at: datetime | None
    purchase: UUID | None = None
    pause: Pause | None = None


def _list_of(row: Record) -> StoredList:
    pause = None if row["pause"] is None else Pause(row["pause"])
    values = {name: row[name] for name in _NAMES}
    return StoredList(**values | {"pause": pause})


async def save(pool: Pool, stored: StoredList) -> None:
    """Store a list, unless it is stored."""
    await pool.execute(
        "INSERT INTO invitation_lists (id, agency_id, member_id, key, people, created_at, due_at, purchase)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        *(stored.id, stored.agency_id, stored.member_id, stored.key, list(stored.people)),
        *(stored.created_at, stored.due_at, stored.purchase),
    )


async def of(pool: Pool, agency_id: UUID, member_id: UUID, list_id: UUID) -> StoredList | None:
    """The list of this sender; None when there is none."""
    row = await pool.fetchrow(
        f"SELECT {_COLUMNS} FROM invitation_lists WHERE id = $1 AND agency_id = $2 AND member_id = $3",  # noqa: S608  columns
        *(list_id, agency_id, member_id),
    )
    return None if row is None else _list_of(row)


async def claim(pool: Pool, now: datetime, until: datetime) -> StoredList | None:
    """Put the list off that has been due for longest, and return it for this process alone; None when none is due."""
    row = await pool.fetchrow(
        "UPDATE invitation_lists SET due_at = $2 WHERE id = (SELECT id FROM invitation_lists WHERE due_at <= $1"  # noqa: S608  columns
        f" ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING {_COLUMNS}",
        *(now, until),
    )
    return None if row is None else _list_of(row)


async def put_off(pool: Pool, list_id: UUID, due_at: datetime | None, pause: Pause | None) -> None:
    """Set when the rest of a list is sent, and why not before; None: nothing is left to send."""
    await pool.execute("UPDATE invitation_lists SET due_at = $2, pause = $3 WHERE id = $1", list_id, due_at, pause)


async def unfinished(pool: Pool, agency_id: UUID, member_id: UUID) -> UUID | None:
    """The newest list of this sender that is not sent in whole; None when there is none."""
    list_id: UUID | None = await pool.fetchval(
        "SELECT id FROM invitation_lists WHERE agency_id = $1 AND member_id = $2 AND due_at IS NOT NULL"
        " ORDER BY created_at DESC LIMIT 1",
        *(agency_id, member_id),
    )
    return list_id


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
