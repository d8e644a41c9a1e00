"""The member list, a page at a time: Blocked members first, then by name."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from uuid import UUID

from chassis.postgres import Pool
from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.model.agency import Member
from services.gateway.model.rejected import RejectedError
from services.gateway.store import reading as store_reading
from services.gateway.texts.fields import OTHER_CURSOR

_PARTS = (
    (MemberStatus.BLOCKED,),
    (MemberStatus.INVITED, MemberStatus.PENDING_LOGIN, MemberStatus.ACTIVE),
)
"""The list of all statuses: members who need an admin to act come first."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of members, the agency's counts by status, and the cursor of the next page."""

    items: tuple[Member, ...]
    counts: dict[MemberStatus, int]
    next_cursor: str | None


async def page_of_members(
    pool: Pool, agency_id: UUID, *, status: MemberStatus | None, q: str | None, cursor: str | None, limit: int
) -> Page:
    """A page of the list; Removed members only with `status`. RejectedError `invalid_request` for a bad cursor."""
    counts = await store_reading.counts(pool, agency_id)
    parts = _PARTS if status is None else ((status,),)
    begin, after = (0, None) if cursor is None else _read_cursor(cursor)
    rows: list[tuple[bytes, Member]] = []
    for statuses in parts[begin:]:
        if any(counts[status] for status in statuses) and len(rows) <= limit:
            more = limit + 1 - len(rows)
            rows += await store_reading.members(pool, agency_id, statuses=statuses, q=q, after=after, limit=more)
        after = None
    shown, next_cursor = rows[:limit], None
    if len(rows) > limit:
        sort_key, last = shown[-1]
        part = next(at for at, statuses in enumerate(parts) if last.status in statuses)
        next_cursor = _cursor(part, sort_key, last.id)
    return Page(tuple(member for _, member in shown), counts, next_cursor)


def _cursor(part: int, sort_key: bytes, member_id: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([part, sort_key.hex(), member_id.hex]).encode()).decode()


def _read_cursor(text: str) -> tuple[int, tuple[bytes, UUID]]:
    try:
        part, sort_key, hexed = json.loads(base64.urlsafe_b64decode(text.encode()))
        if part not in (0, 1):
            raise ValueError("not ours")  # noqa: TRY301  one sentence for all that is not a cursor
        return part, (bytes.fromhex(sort_key), UUID(hexed))
    except (ValueError, TypeError, AttributeError, binascii.Error) as wrong:
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors={"cursor": OTHER_CURSOR}) from wrong
