"""When members used their seats: published once a day for each, and told apart into seats in use and idle ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from chassis.actor import ActorContext, LocalCommand
from contracts.gateway import MOST_USES, Reminded, Use, UseRecorded
from contracts.vocabulary import ANYONE, MemberStatus, RejectionCode, member
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Decision, Operations
from services.gateway.application.ports import Chassis
from services.gateway.domain.gateway_codes import REMINDED_ALREADY
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.domain.idle_seats import IdleDays, IdleSeats, idle_seats, idle_since
from services.gateway.domain.new_use import new_use
from services.gateway.domain.remind_again import may_be_reminded
from services.gateway.model.agency import Member, Principal
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.operation import Operation
from services.gateway.model.plan import Plan
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import Request
from services.gateway.model.uses import MemberUse, ReportedUse
from services.gateway.store import dry_runs as store_dry_runs
from services.gateway.store import member_list as store_member_list
from services.gateway.store import reading as store_reading
from telemetry.logs import where_raised

log = structlog.get_logger(__name__)

REPORT = "gateway.report_use"
REMIND = "gateway.remind"
_AGENCIES_AT_ONCE = 100
"""Agencies whose uses one transaction publishes."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a report: how many uses changed something, and the reported places of unknown members."""

    recorded: int
    unknown: tuple[int, ...]


class Uses:
    """Publishes uses, and reads which seats are idle."""

    def __init__(self, chassis: Chassis, operations: Operations, hashing: Hashing) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing

    async def publish(self, uses: Sequence[MemberUse]) -> None:
        """Publish the uses of sessions. What cannot be published is published again at a later use."""
        by_agency: defaultdict[UUID, list[Use]] = defaultdict(list)
        for use in uses:
            by_agency[use.agency_id].append(Use(member_id=use.member_id, at=use.at))
        commands = [
            self._use_recorded(agency_id, tuple(group[begin : begin + MOST_USES]))
            for agency_id, group in by_agency.items()
            for begin in range(0, len(group), MOST_USES)
        ]
        for begin in range(0, len(commands), _AGENCIES_AT_ONCE):
            for result in await self._chassis.execute(commands[begin : begin + _AGENCIES_AT_ONCE]):
                if isinstance(result, Exception):
                    log.error("gateway.use_not_published", where=where_raised(result))

    def _use_recorded(self, agency_id: UUID, uses: tuple[Use, ...]) -> LocalCommand:
        def decide(_changes: AgencyChanges, ctx: ActorContext) -> None:
            ctx.publish(UseRecorded(uses=uses))

        id_ = self._chassis.world.new_id()
        return LocalCommand(agency_id, None, decide, ANYONE, id_, correlation_id=id_)

    async def report(self, principal: Principal, uses: Sequence[ReportedUse], key: str | None) -> Report:
        """Publish uses that a program reports, of members of the principal's agency. A repeated report changes nothing.

        A use within a day of the last one is not published. Unknown and removed members are named in the answer.
        """
        self._operations.check_bus()
        now = self._chassis.world.clock()
        pool, agency_id = self._chassis.pool, principal.agency.id
        by_id = {
            found.id: found
            for found in await store_reading.members_by_id(
                pool, agency_id, [use.member_id for use in uses if use.member_id is not None]
            )
        }
        emails = [use.email for use in uses if use.email is not None]
        by_email = await store_dry_runs.by_address(pool, agency_id, emails)
        subjects = [by_email.get(use.email) if use.email else by_id.get(use.member_id or agency_id) for use in uses]
        fresh: dict[UUID, datetime] = {}
        for use, subject in zip(uses, subjects, strict=True):
            if subject is None or subject.status is not MemberStatus.ACTIVE:
                continue
            last = max(filter(None, (subject.last_seen_at, fresh.get(subject.id))), default=None)
            if (at := new_use(last, use.at or now, now)) is not None:
                fresh[subject.id] = at

        def decide(_changes: AgencyChanges, ctx: ActorContext) -> None:
            if fresh:
                ctx.publish(UseRecorded(uses=tuple(Use(member_id=id_, at=at) for id_, at in fresh.items())))

        body = "\n".join(map(str, uses))
        await self._decide(principal, self._operation(principal, REPORT, body, key), decide)
        unknown = tuple(place for place, subject in enumerate(subjects) if _is_unknown(subject))
        return Report(len(fresh), unknown)

    async def remind(self, principal: Principal, subject: Member, key: str | None) -> Operation:
        """Have an Active member reminded of the seat by mail. RejectedError `wrong_status`, `reminded_already`."""
        self._operations.check_bus()
        now = self._chassis.world.clock()
        if subject.status is not MemberStatus.ACTIVE or subject.last_seen_at is None:
            raise RejectedError(RejectionCode.WRONG_STATUS, {"status": subject.status.value})
        operation = self._operation(principal, REMIND, str(subject.id), key)
        if not may_be_reminded(subject.reminded_at, now) and await self._operations.look(operation.id) is None:
            raise RejectedError(REMINDED_ALREADY)
        event = Reminded(member_id=subject.id, last_seen_at=subject.last_seen_at)

        def decide(_changes: AgencyChanges, ctx: ActorContext) -> None:
            ctx.publish(event)

        await self._decide(principal, operation, decide)
        return operation

    async def idle(self, agency_id: UUID, plan: Plan) -> list[IdleSeats]:
        """The idle seats of an agency for each number of days, with their cost a month at today's prices."""
        now = self._chassis.world.clock()
        counts = await store_member_list.unseen(
            self._chassis.pool, agency_id, [idle_since(days, now) for days in IdleDays]
        )
        prices = {price.seat_type: price.unit_amount for price in plan.prices}
        return [idle_seats(days, seats, prices, plan.cycle) for days, seats in zip(IdleDays, counts, strict=True)]

    async def _decide(self, principal: Principal, operation: Operation, decision: Decision) -> None:
        earlier = await self._operations.decide(Request(operation=operation), decision, member(principal.member.id))
        if earlier is not None:
            self._operations.check_replay(earlier, operation.fingerprint)

    def _operation(self, principal: Principal, kind: str, body: str, key: str | None) -> Operation:
        caller = str(member(principal.member.id))
        return Operation(
            id=self._chassis.world.new_id() if key is None else command_id(caller, key),
            agency_id=principal.agency.id,
            caller=caller,
            kind=kind,
            fingerprint=self._hashing.of("body", kind, body),
            secret=False,
            state=OperationState.DONE,
            member_id=principal.member.id,
        )


def _is_unknown(subject: Member | None) -> bool:
    return subject is None or subject.status is MemberStatus.REMOVED
