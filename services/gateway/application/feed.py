"""What an open page hears: rows that changed, as they stand now; an admin the agency's, a clinician only the own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from contracts.vocabulary import RejectionCode
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.ports import Caller, Chassis
from services.gateway.domain.session_rights import Need, rejection_of
from services.gateway.model.agency import FeedRow, Member, Principal, SeatsView
from services.gateway.model.plan import Plan
from services.gateway.store import activity as store_activity
from services.gateway.store import feed as store_feed
from services.gateway.store import plan as store_plan
from services.gateway.store import reading as store_reading

HEARTBEAT_SECONDS = 15.0
_AT_ONCE = 200


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
    """Too much was missed: load the page again. Also the first thing that a new listener hears, with its position."""

    missed: bool


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing happened for a while; the connection lives."""


Reader = Callable[[Caller], Awaitable[Principal | None]]
"""Who makes a request, as they stand now; None when it is nobody's any more."""
What = MemberChanged | SeatsChanged | AgencyChanged | ActivityChanged | BillingChanged | StartOver | Quiet


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One thing to tell. `position` is what to resume after: given only when all before it has been told."""

    what: What
    position: int | None = None


class Feed:
    """Streams of what changes."""

    def __init__(self, chassis: Chassis, listener: NotifyListener, principal: Reader) -> None:
        self._chassis = chassis
        self._listener = listener
        self._principal = principal

    async def listen(self, caller: Caller, after: int | None) -> AsyncIterator[LoggedEvent]:
        """All that happens from now, or from that position on. Ends with the session or key, or with the process."""
        who = await self._principal(caller)
        if who is None:
            return
        agency_id = who.agency.id
        with self._listener.agency(agency_id) as event:
            position, missed = await self._begin(agency_id, after)
            if after is None or missed:
                yield LoggedEvent(StartOver(missed=missed), position)
            while not self._listener.closed.is_set():
                changes = await store_feed.rows_after(self._chassis.pool, agency_id, position, _AT_ONCE)
                if changes:
                    position = changes[-1].id
                    # Rights are looked up anew: a demoted admin hears no more of the agency.
                    who = await self._principal(caller)
                    if who is None:
                        return
                    for one in await self._tell(who, changes, position):
                        yield one
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await event.wait()
                        event.clear()
                except TimeoutError:
                    if await self._principal(caller) is None:
                        return
                    yield LoggedEvent(Quiet())

    async def _begin(self, agency_id: UUID, after: int | None) -> tuple[int, bool]:
        pool = self._chassis.pool
        if after is None:
            return await store_feed.newest(pool, agency_id), False
        if after > 0 and not await store_feed.reaches(pool, agency_id, after):
            return await store_feed.newest(pool, agency_id), True
        return after, False

    async def _tell(self, who: Principal, changes: list[FeedRow], position: int) -> list[LoggedEvent]:
        pool, agency_id = self._chassis.pool, who.agency.id
        admin = rejection_of(Need.ADMIN, who.member.status, who.member.role) is None
        ids = {member_id for one in changes for member_id in one.members}
        parts = {part for one in changes for part in one.parts}
        told: list[What] = []
        if admin and "activity" in parts:
            told.append(ActivityChanged(await store_activity.newest(pool, agency_id)))
        if not admin:
            ids &= {who.member.id}
        if ids:
            members = await store_reading.members_by_id(pool, agency_id, sorted(ids))
            told += [MemberChanged(member) for member in members]
        if admin and "seats" in parts and (seats := await store_reading.seats(pool, agency_id)) is not None:
            told.append(SeatsChanged(seats))
        if admin and "billing" in parts:
            plan = await store_plan.plan(pool, agency_id, self._chassis.world.clock())
            told += [] if plan is None else [BillingChanged(plan)]
        if "agency" in parts:
            told.append(AgencyChanged(who))
        if not told:
            return []
        return [*(LoggedEvent(what) for what in told[:-1]), LoggedEvent(told[-1], position)]


def may_listen(who: Principal) -> RejectionCode | None:
    """Why this session may not listen at all: any session hears at least the own row."""
    return rejection_of(Need.SESSION, who.member.status, who.member.role)
