"""The monthly mail about idle seats: who wants it, and counting the seats of each agency once as a month begins."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from chassis.actor import ActorContext
from contracts.gateway import IdleMailSet, IdleSeatsCounted
from contracts.message import Seats
from contracts.vocabulary import ANYONE, member
from database.postgres import is_transient
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Chassis
from services.gateway.application.reading import Reading
from services.gateway.application.uses import Uses
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.domain.idle_mail import month_of
from services.gateway.model.agency import Principal
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.operation import Operation
from services.gateway.model.requests import Request
from services.gateway.store import idle_mails as store_idle_mails

log = structlog.get_logger(__name__)

SET = "gateway.set_idle_mail"
COUNT = "gateway.count_idle_seats"
_LOOK_SECONDS = 3600.0
_AT_ONCE = 100


class IdleMails:
    """Records who wants the mail, and publishes the counts for it."""

    def __init__(
        self, chassis: Chassis, operations: Operations, hashing: Hashing, reading: Reading, uses: Uses
    ) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing
        self._reading = reading
        self._uses = uses

    async def is_wanted(self, principal: Principal) -> bool:
        """Whether the principal wants the mail."""
        return await store_idle_mails.is_wanted(self._chassis.pool, principal.member.id)

    async def set(self, principal: Principal, *, enabled: bool, key: str | None) -> None:
        """Switch the principal's own mail on or off. The first one comes as the next month begins."""
        self._operations.check_bus()
        caller = str(member(principal.member.id))
        id_ = self._chassis.world.new_id() if key is None else command_id(caller, key)
        operation = self._operation(id_, principal.agency.id, caller, SET, str(enabled))
        event = IdleMailSet(member_id=principal.member.id, enabled=enabled)

        def decide(_changes: AgencyChanges, ctx: ActorContext) -> None:
            ctx.publish(event)

        earlier = await self._operations.decide(Request(operation=operation), decide, member(principal.member.id))
        if earlier is not None:
            self._operations.check_replay(earlier, operation.fingerprint)

    async def run(self) -> None:
        """Count idle seats when a month has begun, until cancelled."""
        while True:
            try:
                await self.run_once()
            except Exception as away:
                if not is_transient(away):
                    raise
                log.warning("gateway.idle_mails_wait", error=type(away).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def run_once(self) -> int:
        """Publish the counts of agencies whose mail is due, so many at once; return how many there were."""
        month = month_of(self._chassis.world.clock())
        due = await store_idle_mails.due(self._chassis.pool, month, _AT_ONCE)
        for agency_id, admins in due:
            await self._count(agency_id, admins, month)
        return len(due)

    async def _count(self, agency_id: UUID, admins: list[UUID], month: datetime) -> None:
        plan = await self._reading.plan(agency_id)
        idle = (await self._uses.idle(agency_id, plan))[0]
        event = IdleSeatsCounted(
            days=idle.days,
            seats=Seats.of(idle.seats),
            monthly=idle.monthly,
            currency=plan.currency,
            admin_ids=tuple(admins),
        )

        def decide(_changes: AgencyChanges, ctx: ActorContext) -> None:
            ctx.publish(event)

        # Two processes count for the same month under one id: the second publishes nothing.
        id_ = command_id(COUNT, f"{agency_id} {month.isoformat()}")
        operation = self._operation(id_, agency_id, COUNT, COUNT, "")
        await self._operations.decide(Request(operation=operation), decide, ANYONE)

    def _operation(self, id_: UUID, agency_id: UUID, caller: str, kind: str, body: str) -> Operation:
        return Operation(
            id=id_,
            agency_id=agency_id,
            caller=caller,
            kind=kind,
            fingerprint=self._hashing.of("body", kind, body),
            secret=False,
            state=OperationState.DONE,
        )
