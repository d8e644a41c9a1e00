"""The member list: a page at a time by cursor for programs, by number for people, and as a whole."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.vocabulary import MemberStatus, RejectionCode
from database.postgres import Pool
from services.gateway.model.agency import Member
from services.gateway.model.member_list import MemberFilter, MemberSort
from services.gateway.model.rejected import RejectedError
from services.gateway.store import member_list as store_member_list
from services.gateway.store import reading as store_reading
from services.gateway.texts.fields import OTHER_CURSOR

_AT_ONCE = 250
"""Members of a spreadsheet that are read at once: other requests wait meanwhile."""
_OTHERS = (MemberStatus.INVITED, MemberStatus.PENDING_LOGIN, MemberStatus.ACTIVE)
_PARTS = ((MemberStatus.BLOCKED,), _OTHERS)
"""The list of all statuses: members who need an admin to act come first."""
_Behind = tuple[int, store_member_list.Place]
"""The end of a page: the part of the list that its last member is in, and that member's place."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of members, how many match, the agency's counts by status, and the cursor of the next page."""

    items: tuple[Member, ...]
    total: int
    counts: dict[MemberStatus, int]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A numbered page of members: the place of its first in the list, how many match, and the counts by status."""

    items: tuple[Member, ...]
    number: int
    first: int
    total: int
    counts: dict[MemberStatus, int]


def _parts(shown: MemberFilter) -> tuple[tuple[MemberStatus, ...], ...]:
    if shown.status is not None:
        return ((shown.status,),)
    return _PARTS if shown.sort is MemberSort.BLOCKED_FIRST else ((MemberStatus.BLOCKED, *_OTHERS),)


async def page_of_members(pool: Pool, agency_id: UUID, shown: MemberFilter, *, cursor: str | None, limit: int) -> Page:
    """A page of the list. RejectedError `invalid_request` for a cursor of another list."""
    behind = None if cursor is None else _read_cursor(cursor, shown.sort, len(_parts(shown)))
    counts = await store_reading.counts(pool, agency_id)
    items, more = await _next_page(pool, agency_id, shown, behind, limit, counts)
    total = sum(await _matching(pool, agency_id, shown, counts))
    return Page(items, total, counts, None if more is None else _cursor(shown.sort, *more))


async def _next_page(
    pool: Pool,
    agency_id: UUID,
    shown: MemberFilter,
    behind: _Behind | None,
    limit: int,
    counts: dict[MemberStatus, int],
) -> tuple[tuple[Member, ...], _Behind | None]:
    """The members behind this end of a page (None: the first), and their own end when there are more."""
    begin, after = (0, None) if behind is None else behind
    rows: list[tuple[int, store_member_list.Place, Member]] = []
    for part, statuses in enumerate(_parts(shown)):
        if part >= begin and len(rows) <= limit and any(counts[status] for status in statuses):
            place = after if part == begin else None
            read = await store_member_list.members(
                pool, agency_id, shown, statuses, after=place, limit=limit + 1 - len(rows)
            )
            rows += ((part, *row) for row in read)
    members = tuple(member for _, _, member in rows[:limit])
    return members, rows[limit - 1][:2] if len(rows) > limit else None


async def numbered_page(pool: Pool, agency_id: UUID, shown: MemberFilter, *, number: int, size: int) -> Numbered:
    """The page of this number, from 1; the last page when the list is shorter."""
    counts = await store_reading.counts(pool, agency_id)
    matching = await _matching(pool, agency_id, shown, counts)
    total = sum(matching)
    number = max(1, min(number, -(-total // size)))
    first = skip = (number - 1) * size
    members: list[Member] = []
    for statuses, count in zip(_parts(shown), matching, strict=True):
        if skip < count and len(members) < size:
            more = size - len(members)
            rows = await store_member_list.members(pool, agency_id, shown, statuses, after=None, limit=more, skip=skip)
            members += (member for _, member in rows)
        skip = max(0, skip - count)
    return Numbered(tuple(members), number, first, total, counts)


async def all_members(pool: Pool, agency_id: UUID, shown: MemberFilter) -> AsyncIterator[tuple[Member, ...]]:
    """All members who match, a page at a time: no connection is held while a page is sent, and nothing is counted."""
    counts = await store_reading.counts(pool, agency_id)
    behind: _Behind | None = None
    while True:
        members, behind = await _next_page(pool, agency_id, shown, behind, _AT_ONCE, counts)
        yield members
        if behind is None:
            return


async def _matching(pool: Pool, agency_id: UUID, shown: MemberFilter, counts: dict[MemberStatus, int]) -> Sequence[int]:
    """How many match in each part of the list."""
    in_parts = [(statuses, sum(counts[status] for status in statuses)) for statuses in _parts(shown)]
    if shown.by_status_alone:
        return [count for _, count in in_parts]
    return [
        await store_member_list.count(pool, agency_id, shown, statuses) if count else 0 for statuses, count in in_parts
    ]


def _cursor(sort: MemberSort, part: int, place: store_member_list.Place) -> str:
    value, member_id = place
    written = value.hex() if isinstance(value, bytes) else value
    return base64.urlsafe_b64encode(json.dumps([part, sort.value, written, member_id.hex]).encode()).decode()


def _read_cursor(text: str, sort: MemberSort, parts: int) -> _Behind:
    try:
        part, of_sort, written, hexed = json.loads(base64.urlsafe_b64decode(text.encode()))
        if part not in range(parts) or of_sort != sort:
            raise ValueError("not ours")  # noqa: TRY301  one sentence for all that is not a cursor
        value = float(written) if sort.by_last_seen else bytes.fromhex(written)
        return part, (value, UUID(hexed))
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as wrong:
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors={"cursor": OTHER_CURSOR}) from wrong
