"""The policies of the seat types, read with what they would have done last month, and set; and the moving line."""

from __future__ import annotations

from datetime import UTC, timedelta

from chassis.clock import Clock
from contracts.moving_line import SetMovingLine
from contracts.policy_vocabulary import SeatPolicy
from contracts.seat_policies import SetSeatPolicies
from contracts.vocabulary import SeatType
from database.postgres import Pool
from services.gateway.application.operations import Operations, by_admin
from services.gateway.domain.first_logins import FirstLogins, PolicyInUse
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.store import seat_policies as store


class SeatPolicies:
    """Reads and sets the policies of the seat types, and whether the line of Blocked members moves by itself."""

    def __init__(self, pool: Pool, clock: Clock, operations: Operations) -> None:
        self._pool = pool
        self._clock = clock
        self._operations = operations

    async def in_use(self, principal: Principal) -> tuple[PolicyInUse, PolicyInUse]:
        """The policies of Base and Voice, with last month's first logins (a calendar month in UTC)."""
        agency_id, now = principal.agency.id, self._clock().astimezone(UTC)
        this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        last_month = (this_month - timedelta(days=1)).replace(day=1)
        base, voice = await store.policies(self._pool, agency_id)
        logins = await store.first_logins(self._pool, agency_id, last_month, this_month)
        return (
            PolicyInUse(SeatType.BASE, base, logins.get(SeatType.BASE, FirstLogins())),
            PolicyInUse(SeatType.VOICE, voice, logins.get(SeatType.VOICE, FirstLogins())),
        )

    async def set(self, principal: Principal, base: SeatPolicy, voice: SeatPolicy, key: str | None) -> Operation:
        """Set the policies of both seat types. RejectedError `baa_unsigned`."""
        return await self._operations.submit(by_admin(principal, SetSeatPolicies(base=base, voice=voice), key))

    async def set_moving_line(self, principal: Principal, key: str | None, *, enabled: bool) -> Operation:
        """Let free seats go to Blocked members by themselves, or not. RejectedError `baa_unsigned`."""
        return await self._operations.submit(by_admin(principal, SetMovingLine(enabled=enabled), key))
