"""API keys: a program's credential, with the admin's rights that its scopes name; the secret is shown once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.actor import ActorContext
from contracts.gateway import ApiKeyCreated, ApiKeyRevoked
from contracts.vocabulary import KeyScope, RejectionCode, member
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Decision, Operations
from services.gateway.application.ports import Chassis
from services.gateway.application.step_up import StepUp
from services.gateway.domain.api_key_cap import has_room_for_a_key
from services.gateway.domain.gateway_codes import TOO_MANY_API_KEYS, UNKNOWN_API_KEY
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.domain.key_expiry import expiry_of, has_ended
from services.gateway.domain.session_rights import Need, rejection_of
from services.gateway.model.agency import Principal
from services.gateway.model.api_keys import ApiKey, NewKey
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import ApiKeyRequest
from services.gateway.store import api_keys as store_api_keys
from services.gateway.store import reading as store_reading
from services.gateway.texts.fields import KEY_EXPIRY

MAKE = "gateway.make_api_key"
REVOKE = "gateway.revoke_api_key"
PREFIX = "hck_"
"""The first characters of a secret, by which people and scanners of leaked secrets recognize it."""
_USE_INTERVAL = timedelta(minutes=10)
"""`lastUsedAt` is written this often at most: a write for each request would be expensive."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A key to make. `expires_at` None: after the usual time."""

    name: str
    scopes: tuple[KeyScope, ...]
    expires_at: datetime | None = None

    @property
    def text(self) -> str:
        """The body that an `Idempotency-Key` stands for."""
        return f"{self.name}\n{','.join(self.scopes)}\n{self.expires_at and self.expires_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was just made. Its secret is stored nowhere."""

    id: UUID
    name: str
    scopes: tuple[KeyScope, ...]
    secret: str
    created_at: datetime
    expires_at: datetime


class ApiKeys:
    """Makes, lists, finds and revokes keys."""

    def __init__(self, chassis: Chassis, operations: Operations, hashing: Hashing, step_up: StepUp) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing
        self._step_up = step_up

    async def principal(self, secret: str) -> Principal | None:
        """The admin who made this key, read now; None when the key has ended or never was."""
        secret_hash = self._hashing.of("api-key", secret)
        holder = await store_reading.key_holder(self._chassis.pool, secret_hash)
        now = self._chassis.world.clock()
        if holder is None or has_ended(holder.expires_at, now):
            return None
        if holder.last_used_at is None or now - holder.last_used_at >= _USE_INTERVAL:
            await store_api_keys.mark_used(self._chassis.pool, secret_hash, now)
        return holder.principal

    async def has_expired(self, secret: str) -> bool:
        """Whether this is a key that has expired, and neither was revoked nor never was."""
        holder = await store_reading.key_holder(self._chassis.pool, self._hashing.of("api-key", secret))
        return holder is not None and has_ended(holder.expires_at, self._chassis.world.clock())

    async def of_agency(self, principal: Principal) -> list[ApiKey]:
        """All keys of the principal's agency, of every admin."""
        return await store_api_keys.of_agency(self._chassis.pool, principal.agency.id)

    async def make(self, principal: Principal, request: KeyRequest, key: str | None) -> MadeKey:
        """Make a key. RejectedError `baa_unsigned`, `fresh_code_required`, `too_many_api_keys` and others.

        A repeated Idempotency-Key is rejected as `already_answered`.
        """
        if not principal.agency.baa_signed:
            raise RejectedError(RejectionCode.BAA_UNSIGNED)
        now = self._chassis.world.clock()
        expires_at = expiry_of(request.expires_at, now)
        if expires_at is None:
            raise RejectedError(RejectionCode.INVALID_REQUEST, errors={"expiresAt": KEY_EXPIRY})
        await self._step_up.api_key(principal, key)
        secret = PREFIX + secrets.token_urlsafe(32)
        made = MadeKey(self._chassis.world.new_id(), request.name, request.scopes, secret, now, expires_at)
        row = NewKey(
            id=made.id,
            agency_id=principal.agency.id,
            member_id=principal.member.id,
            name=made.name,
            secret_hash=self._hashing.of("api-key", secret),
            scopes=made.scopes,
            created_at=now,
            expires_at=expires_at,
        )

        def decide(changes: AgencyChanges, ctx: ActorContext) -> RejectedError | None:
            if not has_room_for_a_key(changes.api_keys.count):
                return RejectedError(TOO_MANY_API_KEYS)
            changes.api_keys.make(row)
            ctx.publish(ApiKeyCreated(key_id=row.id, name=row.name, scopes=row.scopes, expires_at=row.expires_at))
            return None

        operation = self._operation(principal, MAKE, request.text, key, secret=True)
        await self._change(ApiKeyRequest(operation=operation, member_id=principal.member.id), decide)
        return made

    async def revoke(self, principal: Principal, key_id: UUID, key: str | None) -> None:
        """End a key of the agency, of any admin. RejectedError `unknown_api_key`."""

        def decide(changes: AgencyChanges, ctx: ActorContext) -> RejectedError | None:
            held = changes.api_keys.end(key_id)
            if held is None:
                return RejectedError(UNKNOWN_API_KEY)
            ctx.publish(ApiKeyRevoked(key_id=key_id, name=held.name))
            return None

        operation = self._operation(principal, REVOKE, str(key_id), key, secret=False)
        await self._change(ApiKeyRequest(operation=operation, member_id=principal.member.id, key_id=key_id), decide)

    async def _change(self, request: ApiKeyRequest, decide: Decision) -> None:
        self._operations.check_bus()

        def as_admin(changes: AgencyChanges, ctx: ActorContext) -> RejectedError | None:
            # The standing of this transaction counts: the member may have stopped being an admin since the request.
            now = request.standing
            code = RejectionCode.NOT_SIGNED_IN if now is None else rejection_of(Need.ADMIN, now.status, now.role)
            return decide(changes, ctx) if code is None else RejectedError(code)

        await self._operations.decide(request, as_admin, member(request.member_id))

    def _operation(self, principal: Principal, kind: str, body: str, key: str | None, *, secret: bool) -> Operation:
        caller = str(member(principal.member.id))
        return Operation(
            id=self._chassis.world.new_id() if key is None else command_id(caller, key),
            agency_id=principal.agency.id,
            caller=caller,
            kind=kind,
            fingerprint=self._hashing.of("body", kind, body),
            secret=secret,
            state=OperationState.DONE,
            member_id=principal.member.id,
        )
