"""Sessions: begun with a proof, of use while their member stands, ended by signing out or with the member."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from contracts.vocabulary import MemberStatus, RejectionCode
from services.gateway.application.hashing import Hashing, new_token
from services.gateway.application.operations import Operations, unless_rejected
from services.gateway.application.ports import Caller, Chassis
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError
from services.gateway.model.request_state import NewSession, Operation
from services.gateway.store import reading as store_reading
from services.gateway.store import sign_in as store_sign_in


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """Who signed in, and the token for their session cookie; `operation_id` while the first login still runs."""

    principal: Principal
    token: str
    operation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that begins with a command, and the token that only the browser will have."""

    token: str
    row: NewSession


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, chassis: Chassis, operations: Operations, hashing: Hashing, life: timedelta) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing
        self._life = life

    def begin(self, member_id: UUID, agency_id: UUID, caller: Caller) -> Begun:
        """A session to be; the one that the browser had before ends with it, so its id is never kept."""
        token = new_token()
        row = NewSession(
            token_hash=self._hashing.of("session", token),
            member_id=member_id,
            agency_id=agency_id,
            expires_at=self._chassis.world.clock() + self._life,
            ends=self._hashing.token("session", caller.session),
        )
        return Begun(token, row)

    async def enter(self, begun: Begun, operation: Operation, ended: asyncio.Event, *, wait: bool) -> SignedInAs:
        """Whoever the session belongs to, once members has said where they stand (or patience is over).

        RejectedError when members refuses: then the session is ended again.
        """
        running = False
        if wait:
            try:
                over = unless_rejected(await self._operations.wait(operation, ended))
            except RejectedError:
                await store_sign_in.end_session(self._chassis.pool, begun.row.token_hash)
                raise
            running = over.state is OperationState.RUNNING
        now = await store_reading.person(self._chassis.pool, begun.row.member_id)
        if now is None or now.member.status is MemberStatus.REMOVED:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        return SignedInAs(now, begun.token, operation.id if running else None)

    async def principal(self, token: str | None) -> Principal | None:
        """Who is signed in with this token, as they stand now; None when nobody is."""
        if not token:
            return None
        token_hash = self._hashing.of("session", token)
        return await store_reading.principal(self._chassis.pool, token_hash, self._chassis.world.clock())

    async def end(self, token: str) -> None:
        """Sign out: the session is gone."""
        await store_sign_in.end_session(self._chassis.pool, self._hashing.of("session", token))
