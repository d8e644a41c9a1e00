"""Queries of the member list: the members who match a filter, in an order, from a place in it; and how many match."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import MemberStatus, Quantities, SeatType
from database.postgres import Pool
from services.gateway.model.agency import Member
from services.gateway.model.member_list import MemberFilter
from services.gateway.store.listed_names import plain_letters
from services.gateway.store.reading import MEMBER_COLUMNS, member_of

Place = tuple[bytes | float, UUID]
"""A member's place in the order: the value that orders it, and the member's id."""

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
    matching = _Matching(agency_id, shown, statuses)
    if after is not None:
        matching.add(f"({value}, m.member_id) {past} ({{}}::{kind}, {{}}::uuid)", *after)
    rows = await pool.fetch(
        f"SELECT {MEMBER_COLUMNS}, {value} AS place FROM members m WHERE {matching.condition}"  # noqa: S608  columns
        f" ORDER BY {value} {way}, m.member_id {way} {matching.filled('LIMIT {} OFFSET {}', limit, skip)}",
        *matching.arguments,
    )
    return [((row["place"], row["member_id"]), member_of(row)) for row in rows]


async def count(pool: Pool, agency_id: UUID, shown: MemberFilter, statuses: Sequence[MemberStatus]) -> int:
    """How many members in these statuses match."""
    matching = _Matching(agency_id, shown, statuses)
    number: int = await pool.fetchval(
        f"SELECT count(*) FROM members m WHERE {matching.condition}",  # noqa: S608  the filter's own text
        *matching.arguments,
    )
    return number


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


async def unseen(pool: Pool, agency_id: UUID, since: Sequence[datetime]) -> list[Quantities]:
    """How many seats of each type have holders who have not been seen since each of these moments."""
    rows = await pool.fetch(
        "SELECT u.number, m.plan_type, count(*) FROM unnest($2::timestamptz[]) WITH ORDINALITY AS u(since, number)"
        " JOIN members m ON m.agency_id = $1 AND m.status = 'active' AND m.last_seen_at < u.since"
        " GROUP BY u.number, m.plan_type",
        agency_id,
        list(since),
    )
    counts = {(row["number"], row["plan_type"]): row["count"] for row in rows}
    return [
        Quantities(*(counts.get((number, seat_type.value), 0) for seat_type in SeatType))
        for number in range(1, len(since) + 1)
    ]


class _Matching:
    """The condition of a filter, with its arguments.

    It has no term for what the filter leaves open: `$3 IS NULL OR ...` would keep Postgres from using the index of the
    search.
    """

    def __init__(self, agency_id: UUID, shown: MemberFilter, statuses: Sequence[MemberStatus]) -> None:
        self._terms: list[str] = []
        self.arguments: list[object] = []
        self.add("m.agency_id = {}", agency_id)
        self.add("m.status = ANY({}::text[])", [status.value for status in statuses])
        if shown.q is not None:
            self.add("(m.plain_name LIKE {0} OR m.plain_address LIKE {0})", f"%{_literally(plain_letters(shown.q))}%")
        if shown.seat_type is not None:
            self.add("coalesce(m.plan_type, m.seat_type) = {}", shown.seat_type.value)
        if shown.role is not None:
            self.add("m.role = {}", shown.role.value)
        if shown.unseen_since is not None:
            self.add("m.status = 'active' AND m.last_seen_at < {}", shown.unseen_since)

    @property
    def condition(self) -> str:
        return " AND ".join(self._terms)

    def add(self, term: str, *values: object) -> None:
        self._terms.append(self.filled(term, *values))

    def filled(self, text: str, *values: object) -> str:
        """The text with the numbers of these further arguments."""
        first = len(self.arguments) + 1
        self.arguments += values
        return text.format(*(f"${number}" for number in range(first, first + len(values))))


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
