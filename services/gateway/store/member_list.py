"""Queries of the member list: the members who match a filter, in an order, from a place in it; and how many match."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.vocabulary import MemberStatus, Quantities, SeatType
from database.postgres import Pool
from services.gateway.model.agency import Member
from services.gateway.model.member_list import MemberFilter
from services.gateway.store.listed_names import plain_letters
from services.gateway.store.reading import MEMBER_COLUMNS, member_of

Place = tuple[bytes | float, UUID]
"""A member's place in the order: the value that orders it, and the member's id."""

_MATCHES = (
    "m.agency_id = $1 AND m.status = ANY($2::text[])"
    " AND ($3::text IS NULL OR m.plain_name LIKE $3 OR m.plain_address LIKE $3)"
    " AND ($4::text IS NULL OR coalesce(m.plan_type, m.seat_type) = $4) AND ($5::text IS NULL OR m.role = $5)"
)
_BY_NAME = ("m.sort_key", "bytea")
_BY_LAST_SEEN = ("coalesce(extract(epoch FROM m.last_seen_at), 0)::float8", "float8")


async def members(
    pool: Pool,
    agency_id: UUID,
    shown: MemberFilter,
    statuses: Sequence[MemberStatus],
    *,
    after: Place | None,
    limit: int,
    skip: int = 0,
) -> list[tuple[Place, Member]]:
    """Members in these statuses after a place, each with their own place; `skip` leaves out so many of them."""
    value, kind = _BY_LAST_SEEN if shown.sort.by_last_seen else _BY_NAME
    way, past = ("DESC", "<") if shown.sort.descending else ("ASC", ">")
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS}, {value} AS place FROM members m WHERE {_MATCHES}"  # noqa: S608  columns
        f" AND ($6::{kind} IS NULL OR ({value}, m.member_id) {past} ($6, $7::uuid))"
        f" ORDER BY {value} {way}, m.member_id {way} LIMIT $8 OFFSET $9",
        *_arguments(agency_id, shown, statuses),
        after and after[0],
        after and after[1],
        limit,
        skip,
    )
    return [((row["place"], row["member_id"]), member_of(row)) for row in rows]


async def count(pool: Pool, agency_id: UUID, shown: MemberFilter, statuses: Sequence[MemberStatus]) -> int:
    """How many members in these statuses match."""
    matching: int = await pool.fetchval(
        f"SELECT count(*) FROM members m WHERE {_MATCHES}",  # noqa: S608  the filter's own text
        *_arguments(agency_id, shown, statuses),
    )
    return matching


async def blocked(pool: Pool, agency_id: UUID, limit: int) -> list[Member]:
    """The first Blocked members by name, without those whose request was declined."""
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS} FROM members m WHERE m.agency_id = $1 AND m.status = 'blocked'"  # noqa: S608  columns
        " AND m.blocked_reason IS DISTINCT FROM 'request_declined'"
        " ORDER BY m.sort_key, m.member_id LIMIT $2",
        agency_id,
        limit,
    )
    return [member_of(row) for row in rows]


async def blocked_by_type(pool: Pool, agency_id: UUID) -> Quantities:
    """How many of those members are Blocked, by the seat type that they picked."""
    rows = await pool.fetch(
        "SELECT seat_type, count(*) FROM members WHERE agency_id = $1 AND status = 'blocked'"
        " AND blocked_reason IS DISTINCT FROM 'request_declined' GROUP BY seat_type",
        agency_id,
    )
    counts = {row["seat_type"]: row["count"] for row in rows}
    return Quantities(*(counts.get(seat_type.value, 0) for seat_type in SeatType))


def _arguments(agency_id: UUID, shown: MemberFilter, statuses: Sequence[MemberStatus]) -> tuple[object, ...]:
    search = None if shown.q is None else f"%{_literally(plain_letters(shown.q))}%"
    return (
        *(agency_id, [status.value for status in statuses], search),
        *(shown.seat_type and shown.seat_type.value, shown.role and shown.role.value),
    )


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
