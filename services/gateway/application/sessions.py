"""Sessions: begun by a sign-in, good while their member is not removed, ended by signing out or with the member."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Operations, unless_rejected
from services.gateway.application.ports import Chassis
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import SignInRequest
from services.gateway.store import reading as store_reading
from services.gateway.store import sessions as store_sessions


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """The member who signed in, and the tokens for the cookies of the session and of the browser.

    `operation_id`: the first login still runs.
    """

    principal: Principal
    token: str
    browser: str
    operation_id: UUID | None


class Sessions:
    """Finds and ends sessions, and waits until a new one may be used."""

    def __init__(self, chassis: Chassis, operations: Operations, hashing: Hashing, life: timedelta) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing
        self._life = life

    def hash_of(self, token: str) -> bytes:
        """The keyed hash under which a session is stored; only the browser has the token."""
        return self._hashing.of("session", token)

    def expiry(self) -> datetime:
        """When a session that begins now expires."""
        return self._chassis.world.clock() + self._life

    async def enter(
        self, request: SignInRequest, token: str, browser: str, ended: asyncio.Event, *, wait: bool
    ) -> SignedInAs:
        """The session's member, once members has published where the member stands (or patience is over).

        RejectedError when members rejects the command; the session is ended then.
        """
        running = False
        if wait:
            try:
                over = unless_rejected(await self._operations.wait(request.operation, ended))
            except RejectedError:
                await store_sessions.end(self._chassis.pool, request.session_hash)
                raise
            running = over.state is OperationState.RUNNING
        principal = await store_reading.person(self._chassis.pool, request.member_id)
        if principal is None or principal.member.status is MemberStatus.REMOVED:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        return SignedInAs(principal, token, browser, request.operation.id if running else None)

    async def principal(self, token: str | None) -> Principal | None:
        """The member who is signed in with this token; None when the session is over."""
        if not token:
            return None
        now = self._chassis.world.clock()
        return await store_reading.principal(self._chassis.pool, self.hash_of(token), now)

    async def end(self, token: str) -> None:
        """Sign out: the token is good for nothing any more."""
        await store_sessions.end(self._chassis.pool, self.hash_of(token))
