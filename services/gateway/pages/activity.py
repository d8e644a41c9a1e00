"""The Activity tab: what happened, newest first, in sentences; by kind and by person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from contracts.seats import SeatsAutoAdded
from contracts.vocabulary import Actor, ActorKind, SeatType
from contracts.vocabulary import member as member_actor
from services.gateway.application.reading import Entry
from services.gateway.model.activity import ActivityFilter, Kind, Values
from services.gateway.pages.billing import BILLING
from services.gateway.pages.member_list import MEMBERS
from services.gateway.pages.page_request import PageRequest

ACTIVITY = "/admin/agency/activity"
_A_PAGE = 50
_NOBODYS = {one.value: one for one in (ActorKind.AUTO_ADD, ActorKind.STRIPE, ActorKind.OPERATOR)}
_KINDS = {one.value: one for one in Kind}
_AUTO_ADDED = SeatsAutoAdded.type.split(".")[1]
_LONGEST = len(str(2**63))


@dataclass(frozen=True, slots=True)
class Undo:
    """The two steps that take auto-added seats back; following them removes nothing by itself."""

    people: tuple[tuple[str, str], ...]
    seats: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, and how it is taken back, if it can be."""

    entry: Entry
    undo: Undo | None


async def show(request: PageRequest) -> Response:
    """The log, a page of it."""
    who = await request.admin()
    position = await request.app.position(who)
    kind = _KINDS.get(request.asked("kind") or "")
    by = request.asked("by")
    actor = _actor(by)
    cursor = request.asked("cursor")
    after = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() and len(cursor) < _LONGEST else None
    page = await request.app.reading.activity(who.agency.id, ActivityFilter(kind, actor), after, _A_PAGE)
    seats = await request.app.seats(who)
    have = {SeatType.BASE: seats.base.purchased, SeatType.VOICE: seats.voice.purchased}
    lines = [Line(entry, _undo(entry, have)) for entry in page.items]

    def query(**more: str | None) -> str:
        values = {"kind": kind and kind.value, "by": by if actor is not None else None} | more
        kept = urlencode({name: value for name, value in values.items() if value})
        return f"?{kept}" if kept else ""

    return request.page(
        "activity.html",
        who=who,
        position=position,
        kind=kind,
        kinds=list(Kind),
        by=by if actor is not None else "",
        people=await request.app.admins(who),
        days=list(_days(lines)),
        query=query,
        export=urlencode(_as_the_api_has_it(kind, by, actor)),
        next_cursor=page.next_cursor,
        first=after is None,
    )


def _as_the_api_has_it(kind: Kind | None, by: str | None, actor: Actor | None) -> dict[str, str]:
    wanted = {"kind": kind.value if kind else "", "actor": by or "" if actor else ""}
    return {name: value for name, value in wanted.items() if value}


def _actor(by: str | None) -> Actor | None:
    if by in _NOBODYS:
        return Actor(_NOBODYS[by])
    try:
        return member_actor(UUID(by or ""))
    except ValueError:
        return None


def _days(lines: Sequence[Line]) -> Iterator[tuple[date, list[Line]]]:
    for day, those in groupby(lines, lambda line: line.entry.at.astimezone(UTC).date()):
        yield day, list(those)


def _undo(entry: Entry, have: dict[SeatType, int]) -> Undo | None:
    """For an auto-add: the members who got the seats, and Adjust Seats with so many fewer."""
    before, after = entry.change.before, entry.change.after
    if entry.action != _AUTO_ADDED or before is None or after is None:
        return None
    people = tuple((one.name, f"{MEMBERS}?{urlencode({'q': one.email})}") for _, one in entry.members)
    fewer = {one.value: max(0, count - _added(before, after, one)) for one, count in have.items()}
    return Undo(people, f"{BILLING}?{urlencode(fewer)}#adjust")


def _added(before: Values, after: Values, seat_type: SeatType) -> int:
    was, now = before.get(seat_type.value), after.get(seat_type.value)
    return max(0, now - was) if isinstance(was, int) and isinstance(now, int) else 0
