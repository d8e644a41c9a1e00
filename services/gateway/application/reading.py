"""The pages for admins that only read: the activity log, the seats by day, the plan and its invoices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.clock import Clock
from contracts.message import Invoice, Message
from contracts.vocabulary import Actor, BlockedReason, Quantities, RejectionCode
from database.postgres import Pool
from services.gateway.domain.seat_history import Day, seat_history
from services.gateway.model.activity import ActivityFilter, ActivityRow, Change, Kind, People, Person
from services.gateway.model.plan import InvoiceRow, Plan
from services.gateway.model.rejected import RejectedError
from services.gateway.projection.activity.entry import LogEntry
from services.gateway.projection.activity.lines import entry_and_event
from services.gateway.projection.activity.returned import returned
from services.gateway.store import activity as store_activity
from services.gateway.store import plan as store_plan
from services.gateway.store import reading as store_reading
from services.gateway.store import seat_days as store_seat_days
from services.gateway.texts.activity import COSTS_FOLLOW
from services.gateway.texts.activity.people import name_of
from services.gateway.texts.billing import CHANGE_OF_PLAN

_AT_ONCE = 250
"""Lines of a spreadsheet that are read at once: other requests wait while this many sentences are made."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the activity log with its sentence. People have their present names in it.

    `returned` is what went back of the invoice, in the smallest unit of its currency.
    """

    id: int
    at: datetime
    kind: Kind
    actor: Actor
    actor_name: str
    action: str
    sentence: str
    change: Change
    invoice: Invoice | None
    returned: int
    operation_id: UUID
    members: tuple[tuple[UUID, Person], ...]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A page of the activity log. `next_cursor` is its last line; None on the last page."""

    items: tuple[Entry, ...]
    next_cursor: int | None


@dataclass(frozen=True, slots=True)
class InvoicesPage:
    """A page of invoices. `next_cursor` is its last invoice; None on the last page."""

    items: tuple[InvoiceRow, ...]
    next_cursor: tuple[datetime, str] | None


class Reading:
    """Reads from the read model. Callers pass the principal's own agency and no other."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def activity(self, agency_id: UUID, shown: ActivityFilter, after: int | None, limit: int) -> ActivityPage:
        """A page of the log, newest first: two queries, whatever its length."""
        rows = await store_activity.page(self._pool, agency_id, shown, after, limit + 1)
        items = rows[:limit]
        more = items[-1].id if len(rows) > limit else None
        return ActivityPage(await self._entries(agency_id, items), more)

    async def whole_activity(self, agency_id: UUID, shown: ActivityFilter) -> AsyncIterator[tuple[Entry, ...]]:
        """All of the log, newest first, a page at a time: no connection is held while a page is sent."""
        after: int | None = None
        while True:
            page = await self.activity(agency_id, shown, after, _AT_ONCE)
            yield page.items
            if page.next_cursor is None:
                return
            after = page.next_cursor

    async def _entries(self, agency_id: UUID, rows: Sequence[ActivityRow]) -> tuple[Entry, ...]:
        lines = [(row, *entry_and_event(row.type, row.data)) for row in rows]
        actor_ids = {row.actor.member_id for row in rows if row.actor.member_id is not None}
        member_ids = {member_id for _, logged, event in lines for member_id in logged.members(event)}
        people = await store_activity.people(self._pool, agency_id, actor_ids | member_ids)
        return tuple(_entry(row, logged, event, people) for row, logged, event in lines)

    async def seat_history(self, agency_id: UUID, days: int) -> tuple[Day, ...]:
        """The last so many days, today's counts so far included; fewer when the agency is younger."""
        today = self._clock().astimezone(UTC).date()
        changes = await store_seat_days.changes(self._pool, agency_id, today)
        return seat_history(changes, today - timedelta(days=days - 1), today)

    async def plan(self, agency_id: UUID) -> Plan:
        """The agency's plan, with its price and renewal."""
        plan = await store_plan.plan(self._pool, agency_id, self._clock())
        if plan is None:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        return plan

    async def blocked_for_confirmation(self, agency_id: UUID) -> Quantities:
        """How many members are Blocked because the bank wants a payment confirmed, by seat type."""
        return await store_reading.blocked(self._pool, agency_id, BlockedReason.PAYMENT_ACTION_REQUIRED)

    async def invoices(self, agency_id: UUID, after: tuple[datetime, str] | None, limit: int) -> InvoicesPage:
        """A page of the agency's invoices, newest first."""
        rows = await store_plan.invoices(self._pool, agency_id, after, limit + 1)
        items = tuple(rows[:limit])
        more = (items[-1].at, items[-1].id) if len(rows) > limit else None
        return InvoicesPage(items, more)

    async def invoice_reasons(self, agency_id: UUID, invoices: Sequence[InvoiceRow]) -> Mapping[str, str]:
        """The reason of each of our invoices, by id: the log's sentence of the change that made it, without costs.

        The log names none while the change waits for its payment, nor after it was undone.
        """
        ids = [invoice.id for invoice in invoices if invoice.operation_id is not None]
        rows = await store_activity.of_invoices(self._pool, agency_id, ids)
        reasons: dict[str, str] = {}
        for entry in await self._entries(agency_id, rows):
            if entry.invoice is not None and not entry.returned:
                reasons.setdefault(entry.invoice.id, entry.sentence.partition(COSTS_FOLLOW)[0])
        return {**dict.fromkeys(ids, CHANGE_OF_PLAN), **reasons}

    async def all_invoices(self, agency_id: UUID) -> AsyncIterator[tuple[InvoiceRow, ...]]:
        """All of the agency's invoices, newest first, a page at a time."""
        after: tuple[datetime, str] | None = None
        while True:
            page = await self.invoices(agency_id, after, _AT_ONCE)
            yield page.items
            if page.next_cursor is None:
                return
            after = page.next_cursor


def _entry(row: ActivityRow, logged: LogEntry[Any], event: Message, people: People) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        kind=row.kind,
        actor=row.actor,
        actor_name=name_of(row.actor, people),
        action=row.type.split(".")[1],
        sentence=logged.sentence(event, row.actor, people),
        change=logged.change(event),
        invoice=logged.invoice(event),
        returned=returned(event),
        operation_id=row.operation_id,
        members=tuple((member_id, people[member_id]) for member_id in logged.members(event) if member_id in people),
    )
