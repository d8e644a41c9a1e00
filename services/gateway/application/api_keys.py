"""API keys: a program's way in, with the rights of the admin who made the key; the secret is shown once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.actor import ActorContext
from contracts.gateway import ApiKeyCreated, ApiKeyRevoked
from contracts.vocabulary import RejectionCode, member
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Operations
from services.gateway.application.ports import Chassis
from services.gateway.application.rejected import RejectedError
from services.gateway.domain.api_key_cap import has_room_for_a_key
from services.gateway.domain.gateway_codes import TOO_MANY_API_KEYS, UNKNOWN_API_KEY
from services.gateway.domain.idempotency import OperationState, command_id
from services.gateway.domain.session_rights import Need, refusal
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.request_state import ChangeKeys, Claim, NewKey, Operation
from services.gateway.store import api_keys as store_api_keys
from services.gateway.store import reading as store_reading
from services.gateway.store.api_keys import ApiKey
from services.gateway.store.reading import Principal

MAKE = "gateway.make_api_key"
REVOKE = "gateway.revoke_api_key"
PREFIX = "hck_"
"""What a secret begins with, so that people and scanners of leaked secrets know it for what it is."""
_USED_AGAIN = timedelta(minutes=10)
"""`lastUsedAt` is as old as this at most while a key is in use: a write a request would be dear."""


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was just made; its secret is nowhere else."""

    id: UUID
    name: str
    secret: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to the keys, and what its `Idempotency-Key` stands for."""

    kind: str
    body: str
    key_id: UUID | None = None
    secret: bool = False


Decide = Callable[[AgencyChanges, ActorContext], str | None]
"""Decides a change in its transaction; answers the code of a rejection, or None."""


class ApiKeys:
    """Makes, lists, finds and revokes keys."""

    def __init__(self, chassis: Chassis, operations: Operations, hashing: Hashing) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing

    async def principal(self, secret: str) -> Principal | None:
        """The admin whose key this is, as they stand now; None when it is none (any more)."""
        secret_hash = self._hashing.of("api-key", secret)
        found = await store_reading.key_holder(self._chassis.pool, secret_hash)
        if found is None:
            return None
        who, used_at = found
        now = self._chassis.world.clock()
        if used_at is None or now - used_at >= _USED_AGAIN:
            await store_api_keys.used(self._chassis.pool, secret_hash, now)
        return who

    async def of_agency(self, who: Principal) -> list[ApiKey]:
        """All keys of the agency, whoever made them."""
        return await store_api_keys.of_agency(self._chassis.pool, who.agency.id)

    async def make(self, who: Principal, name: str, key: str | None) -> MadeKey:
        """A new key. RejectedError `baa_unsigned`, `too_many_api_keys`, or `already_answered` for a repeated key."""
        if not who.agency.baa_signed:
            raise RejectedError(RejectionCode.BAA_UNSIGNED)
        secret = PREFIX + secrets.token_urlsafe(32)
        made = MadeKey(self._chassis.world.new_id(), name, secret, self._chassis.world.clock())
        row = NewKey(made.id, who.agency.id, who.member.id, name, self._hashing.of("api-key", secret), made.created_at)

        def decide(changes: AgencyChanges, ctx: ActorContext) -> str | None:
            held = changes.request_state.key_counts.get(row.agency_id, 0)
            if not has_room_for_a_key(held):
                return TOO_MANY_API_KEYS
            # Others of the same moment are counted too.
            changes.request_state.key_counts[row.agency_id] = held + 1
            changes.request_state.new_keys.append(row)
            ctx.publish(ApiKeyCreated(key_id=row.id, name=name))
            return None

        await self._change(who, Change(MAKE, name, secret=True), key, decide)
        return made

    async def revoke(self, who: Principal, key_id: UUID, key: str | None) -> None:
        """End a key of the agency, whoever made it. RejectedError `unknown_api_key`."""

        def decide(changes: AgencyChanges, ctx: ActorContext) -> str | None:
            held = changes.request_state.keys.pop(key_id, None)
            if held is None:
                return UNKNOWN_API_KEY
            changes.request_state.dead_keys.append(key_id)
            ctx.publish(ApiKeyRevoked(key_id=key_id, name=held.name))
            return None

        await self._change(who, Change(REVOKE, str(key_id), key_id), key, decide)

    async def _change(self, who: Principal, change: Change, key: str | None, decide: Decide) -> None:
        self._operations.check_bus()
        claim = self._claim(who, change, key)

        def decided(changes: AgencyChanges, ctx: ActorContext) -> Operation | RejectedError | None:
            if (earlier := changes.request_state.begun_before(claim)) is not None:
                return earlier
            # Looked at anew, in the transaction that changes the keys: the admin may be none any more.
            now = changes.request_state.standing.get(who.member.id)
            no = RejectionCode.NOT_SIGNED_IN if now is None else refusal(Need.ADMIN, now.status, now.role)
            if (why := no or decide(changes, ctx)) is None:
                return None
            changes.request_state.unclaim(claim)
            return RejectedError(why)

        wanted = ChangeKeys(who.agency.id, who.member.id, claim, change.key_id)
        act = self._operations.act(claim, wanted, decided, member(who.member.id))
        outcome: Operation | RejectedError | None = await self._operations.acts.do(act)
        if isinstance(outcome, RejectedError):
            raise outcome
        if outcome is not None:
            self._operations.check_replay(outcome, claim.operation.fingerprint)

    def _claim(self, who: Principal, change: Change, key: str | None) -> Claim:
        caller = str(member(who.member.id))
        operation = Operation(
            id=self._chassis.world.new_id() if key is None else command_id(caller, key),
            agency_id=who.agency.id,
            caller=caller,
            kind=change.kind,
            fingerprint=self._hashing.of("body", change.kind, change.body),
            secret=change.secret,
            state=OperationState.DONE,
            member_id=who.member.id,
        )
        return Claim(operation, ())
