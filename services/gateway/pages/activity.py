"""The Activity tab: the log of the agency, newest first, in sentences; by kind and by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from itertools import groupby
from types import MappingProxyType
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from contracts.seats_purchases import SeatsAutoAdded
from contracts.vocabulary import Actor, ActorKind, Quantities, SeatType
from contracts.vocabulary import member as member_actor
from services.gateway.application.reading import Entry
from services.gateway.model.activity import ActivityFilter, Kind, Values
from services.gateway.pages.billing import BILLING, purchased
from services.gateway.pages.list_view import MEMBERS
from services.gateway.pages.page_request import PageRequest
from services.gateway.pages.routes import Routes

ACTIVITY = "/admin/agency/activity"
_PAGE_SIZE = 50
_KIND_LABELS: Mapping[Kind, str] = MappingProxyType(
    {Kind.MEMBER: "Members", Kind.SEAT: "Seats", Kind.SETTING: "Settings", Kind.MONEY: "Money"}
)
_ACTOR_LABELS: Mapping[ActorKind, str] = MappingProxyType(
    {ActorKind.AUTO_ADD: "Auto-Add", ActorKind.STRIPE: "Stripe", ActorKind.OPERATOR: "The operator"}
)
"""The actors that are no member of the agency."""
_AUTO_ADDED = SeatsAutoAdded.type.split(".")[1]
_LONGEST_CURSOR = len(str(2**63)) - 1


@dataclass(frozen=True, slots=True)
class LogView:
    """The part of the log that the address names: a kind, an actor, and the line after which the page begins."""

    kind: Kind | None
    actor: Actor | None
    actor_text: str
    after: int | None

    @staticmethod
    def of(request: PageRequest) -> LogView:
        """The view of the request's address; a wrong part of the address counts as missing."""
        kind, text = (request.query(name) or "" for name in ("kind", "by"))
        actor = _actor(text)
        return LogView(
            Kind(kind) if kind in set(Kind) else None,
            actor,
            "" if actor is None else text,
            line_after(request),
        )

    @property
    def everything(self) -> bool:
        """Whether nothing is filtered out."""
        return self.kind is None and self.actor is None

    def query(self, **more: str | None) -> str:
        """The query of this view's address, without its cursor."""
        return _query({"kind": self.kind and self.kind.value, "by": self.actor_text} | more)

    @property
    def api_query(self) -> str:
        """The query that names this view to the API, for the CSV file of it."""
        return _query({"kind": self.kind and self.kind.value, "actor": self.actor_text})


@dataclass(frozen=True, slots=True)
class Undo:
    """The two steps that take auto-added seats back; following them removes nothing by itself."""

    people: tuple[tuple[str, str], ...]
    seats: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log; `undo` is None when nothing can be taken back."""

    entry: Entry
    undo: Undo | None

    @property
    def invoice_url(self) -> str | None:
        """Stripe's page of the invoice that the line names."""
        return None if self.entry.invoice is None else self.entry.invoice.url


def line_after(request: PageRequest) -> int | None:
    """The line after which a page of the log begins; None: the newest, and for what is no such cursor."""
    cursor = request.query("cursor") or ""
    digits = cursor.isascii() and cursor.isdigit() and len(cursor) <= _LONGEST_CURSOR
    return int(cursor) if digits else None


async def show(request: PageRequest) -> Response:
    """A page of the log."""
    admin = await request.admin()
    position = await request.app.position(admin)
    view = LogView.of(request)
    page = await request.app.reading.activity(
        admin.agency.id, ActivityFilter(view.kind, view.actor), view.after, _PAGE_SIZE
    )
    have = purchased(await request.app.seats(admin))
    people = [(str(member_id), name) for member_id, name in await request.app.directory.admins(admin)]
    return request.page(
        "activity.html",
        principal=admin,
        position=position,
        view=view,
        kinds=_KIND_LABELS,
        actors=people + [(kind.value, label) for kind, label in _ACTOR_LABELS.items()],
        days=days_of(page.items, have),
        next_cursor=page.next_cursor,
    )


def _query(values: Mapping[str, str | None]) -> str:
    present = urlencode({name: value for name, value in values.items() if value})
    return f"?{present}" if present else ""


def _actor(text: str) -> Actor | None:
    if text in set(_ACTOR_LABELS):
        return Actor(ActorKind(text))
    try:
        return member_actor(UUID(text))
    except ValueError:
        return None


def days_of(entries: Sequence[Entry], have: Quantities | None = None) -> list[tuple[date, list[Line]]]:
    """Entries as lines by day. `have`: the seat counts, from which the lines of an auto-add lead to fewer."""
    lines = [Line(entry, None if have is None else _undo(entry, have)) for entry in entries]
    by_day = groupby(lines, lambda line: line.entry.at.astimezone(UTC).date())
    return [(day, list(lines_of_day)) for day, lines_of_day in by_day]


def _undo(entry: Entry, have: Quantities) -> Undo | None:
    """For an auto-add: the members who got the seats, and Adjust Seats with so many fewer."""
    before, after = entry.change.before, entry.change.after
    if entry.action != _AUTO_ADDED or before is None or after is None:
        return None
    people = tuple((person.name, f"{MEMBERS}?{urlencode({'q': person.email})}") for _, person in entry.members)
    fewer = {seat_type.value: max(0, count - _added(before, after, seat_type)) for seat_type, count in have}
    return Undo(people, f"{BILLING}?{urlencode(fewer)}#adjust")


def _added(before: Values, after: Values, seat_type: SeatType) -> int:
    old, new = before.get(seat_type.value), after.get(seat_type.value)
    return max(0, new - old) if isinstance(old, int) and isinstance(new, int) else 0


ROUTES = Routes(get={ACTIVITY: show})
