"""A reduction that waits for the renewal: read, scheduled and taken back."""

from __future__ import annotations

from contracts.message import Seats
from contracts.scheduled_reductions import ScheduleReduction, TakeBackReduction
from contracts.vocabulary import RejectionCode
from database.postgres import Pool
from services.gateway.application.operations import Operations, by_admin
from services.gateway.application.reading import Reading
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.model.reduction import ScheduledReduction
from services.gateway.model.rejected import RejectedError
from services.gateway.store import reductions as store


class Reductions:
    """Reads the reduction that is scheduled, and sends the commands that change it."""

    def __init__(self, pool: Pool, reading: Reading, operations: Operations) -> None:
        self._pool = pool
        self._reading = reading
        self._operations = operations

    async def scheduled(self, principal: Principal) -> ScheduledReduction | None:
        """The reduction that waits for the renewal, if there is one."""
        return await store.scheduled(self._pool, principal.agency.id)

    async def schedule(self, principal: Principal, after: Seats, key: str | None) -> Operation:
        """Reduce the seats to these counts at the renewal. RejectedError `not_a_reduction`, `past_due` and others."""
        plan = await self._reading.plan(principal.agency.id)
        if plan.renews_at is None:
            raise RejectedError(RejectionCode.BILLING_UNAVAILABLE)
        command = ScheduleReduction(after=after, renews_at=plan.renews_at)
        return await self._operations.submit(by_admin(principal, command, key))

    async def take_back(self, principal: Principal, key: str | None) -> Operation:
        """Reduce nothing at the renewal. RejectedError `nothing_to_change` and others."""
        return await self._operations.submit(by_admin(principal, TakeBackReduction(), key))
