"""The stream of an open page: the rows that changed, as they stand now.

An admin gets the rows of the agency, a clinician only the own row.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from prometheus_client import Gauge

from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.step_up import has_rights
from services.gateway.domain.gateway_codes import TOO_MANY_STREAMS
from services.gateway.domain.session_kind import SessionKind
from services.gateway.domain.session_rights import Need
from services.gateway.domain.stream_cap import has_room_for_a_stream
from services.gateway.model.agency import FeedRow, Member, Principal, SeatsView
from services.gateway.model.plan import Plan
from services.gateway.model.rejected import RejectedError
from services.gateway.store import activity as store_activity
from services.gateway.store import feed as store_feed
from services.gateway.store import plan as store_plan
from services.gateway.store import reading as store_reading

HEARTBEAT_SECONDS = 15.0
_AT_ONCE = 200
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """A member, as the row stands now."""

    member: Member


@dataclass(frozen=True, slots=True)
class SeatsChanged:
    """The seats and Auto-Add, as they stand now."""

    seats: SeatsView


@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """The agency's own row changed (opened, BAA signed)."""

    principal: Principal


@dataclass(frozen=True, slots=True)
class ActivityChanged:
    """The activity log has new lines; `newest` is the id of the newest."""

    newest: int


@dataclass(frozen=True, slots=True)
class BillingChanged:
    """The plan or an invoice, as the plan stands now."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class StartOver:
    """The first event of a new stream, with its position. `missed`: load the page again, rows were missed."""

    missed: bool


@dataclass(frozen=True, slots=True)
class Quiet:
    """A heartbeat: nothing has changed for a while."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The last event: the session or key has ended, and a page shows nothing of it any more."""


STREAMS = Gauge("headcount_streams", "Open streams of changes")
Reader = Callable[[Caller], Awaitable[Principal | None]]
"""Reads the member who makes a request; None when the session or key has ended."""
Payload = (
    MemberChanged | SeatsChanged | AgencyChanged | ActivityChanged | BillingChanged | StartOver | Quiet | SignedOut
)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event of the stream. `position` is where to resume; only the last event of a batch has it."""

    payload: Payload
    position: int | None = None


class Feed:
    """Streams of changes."""

    def __init__(self, chassis: Chassis, listener: NotifyListener, principal: Reader) -> None:
        self._chassis = chassis
        self._listener = listener
        self._principal = principal
        self._of_sessions: Counter[str | None] = Counter()
        self._of_members: Counter[UUID] = Counter()

    @contextmanager
    def stream(self, caller: Caller, member_id: UUID) -> Iterator[None]:
        """Count an open stream of this caller. RejectedError `too_many_streams` if there is no room for it."""
        session = caller.key or caller.bearer or caller.session
        if not has_room_for_a_stream(self._of_sessions[session], self._of_members[member_id]):
            raise RejectedError(TOO_MANY_STREAMS)
        self._of_sessions[session] += 1
        self._of_members[member_id] += 1
        try:
            with STREAMS.track_inprogress():
                yield
        finally:
            _one_less(self._of_sessions, session)
            _one_less(self._of_members, member_id)

    async def listen(self, caller: Caller, after: int | None) -> AsyncIterator[StreamEvent]:
        """The changes from now, or after that position. The stream ends with the session, key or process."""
        principal = await self._principal(caller)
        if principal is None:
            return
        agency_id = principal.agency.id
        session_id = None if principal.session is None else principal.session.id
        with self._listener.stream(agency_id, session_id) as event:
            position, missed = await self._begin(agency_id, after)
            if after is None or missed:
                yield StreamEvent(StartOver(missed=missed), position)
            is_known = False  # whether the session was read since the stream was woken
            while not self._listener.closed.is_set():
                changes = await store_feed.rows_after(self._chassis.pool, agency_id, position, _AT_ONCE)
                if changes:
                    position = changes[-1].id
                    # The rights are read again: a demoted admin gets no more of the agency.
                    principal = await self._principal(caller)
                    if principal is None:
                        break
                    is_known = True
                    for stream_event in await self._events(principal, changes, position):
                        yield stream_event
                    continue
                # Woken without a change: the session has ended, or its idle time is over.
                if not is_known and await self._principal(caller) is None:
                    break
                is_known = False
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await event.wait()
                        event.clear()
                except TimeoutError:
                    yield StreamEvent(Quiet())
            else:
                return
            yield StreamEvent(SignedOut())

    async def _begin(self, agency_id: UUID, after: int | None) -> tuple[int, bool]:
        pool = self._chassis.pool
        if after is None:
            return await store_feed.newest(pool, agency_id), False
        if after > 0 and not await store_feed.reaches(pool, agency_id, after):
            return await store_feed.newest(pool, agency_id), True
        return after, False

    async def _events(self, principal: Principal, changes: list[FeedRow], position: int) -> list[StreamEvent]:
        pool, agency_id = self._chassis.pool, principal.agency.id
        admin = _gets_all(principal)
        ids = {member_id for row in changes for member_id in row.members}
        parts = {part for row in changes for part in row.parts}
        payloads: list[Payload] = []
        if admin and "activity" in parts:
            payloads.append(ActivityChanged(await store_activity.newest(pool, agency_id)))
        if not admin:
            ids &= {principal.member.id}
        if ids:
            members = await store_reading.members_by_id(pool, agency_id, sorted(ids))
            payloads += [MemberChanged(member) for member in members]
        if admin and "seats" in parts and (seats := await store_reading.seats(pool, agency_id)) is not None:
            payloads.append(SeatsChanged(seats))
        if admin and "billing" in parts:
            plan = await store_plan.plan(pool, agency_id, self._chassis.world.clock())
            payloads += [] if plan is None else [BillingChanged(plan)]
        if "agency" in parts:
            payloads.append(AgencyChanged(principal))
        if not payloads:
            return []
        return [*(StreamEvent(payload) for payload in payloads[:-1]), StreamEvent(payloads[-1], position)]


def _one_less(counts: Counter[Key], key: Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def _gets_all(principal: Principal) -> bool:
    """Whether the stream has the agency's changes: an admin's, unless it was opened with a bearer token."""
    session = principal.session
    if session is not None and session.kind is SessionKind.EXTENSION:
        return False
    return has_rights(principal, Need.READ)
