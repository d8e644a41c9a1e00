"""A write over HTTP: its operation and its command in one transaction, then the wait for the command's outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from chassis.actor import ActorContext, LocalCommand
from chassis.relay import STALLED_SECONDS
from contracts.message import Command
from contracts.vocabulary import Actor, RejectionCode, member
from database.postgres import AWAY
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.ports import Chassis, Stalled
from services.gateway.domain.idempotency import Earlier, OperationState, Replay, command_id, replay
from services.gateway.model.agency import Principal
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.invitations import NewLink
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import InvitationRequest, Request
from services.gateway.store import operations as store_operations

Decision: TypeAlias = Callable[[AgencyChanges, ActorContext], RejectedError | None]
"""The decision of a request in its transaction. It returns a rejection: raising one would undo the other requests."""


@dataclass(frozen=True, slots=True)
class Write:
    """A command that a caller wants carried out. `caller` and `key` name the write, `body` is what the key stands for.

    `secret`: the first response gives a secret away (a session), so that a repeated key is rejected. `kind` tells the
    operation from others with the same command. `browser_hash` is the browser that signs up.
    """

    command: Command
    agency_id: UUID
    caller: str
    actor: Actor
    key: str | None
    body: str
    secret: bool = False
    kind: str | None = None
    browser_hash: bytes | None = None


def by_admin(principal: Principal, command: Command, key: str | None, *, secret: bool = False) -> Write:
    """An admin's command as a write."""
    actor = member(principal.member.id)
    return Write(command, principal.agency.id, str(actor), actor, key, command.model_dump_json(), secret)


class Operations:
    """Begins writes and waits for their outcomes. The writes of one moment share a transaction."""

    def __init__(
        self, chassis: Chassis, listener: NotifyListener, hashing: Hashing, stalled: Stalled, *, patience: float = 5.0
    ) -> None:
        self._chassis = chassis
        self._listener = listener
        self._hashing = hashing
        self._stalled = stalled
        self.patience = patience
        self._commands: Batcher[LocalCommand, Any] = Batcher(chassis.execute)
        self._looks: Batcher[UUID, Operation | None] = Batcher(self._look_all)

    def bus_is_away(self) -> bool:
        """Whether the bus is away: writes get 503 at once and nothing is recorded, and what can be read may be old."""
        return self._stalled() > STALLED_SECONDS

    def check_bus(self) -> None:
        """RejectedError `bus_unavailable` while the bus is away; called before anything is recorded."""
        if self.bus_is_away():
            raise RejectedError(RejectionCode.BUS_UNAVAILABLE)

    def new_operation(self, write: Write) -> Operation:
        """The operation that this write begins. Its id comes from the caller's key, if there is one."""
        kind = write.kind or write.command.type
        return Operation(
            id=self._chassis.world.new_id() if write.key is None else command_id(write.caller, write.key),
            agency_id=write.agency_id,
            caller=write.caller,
            kind=kind,
            fingerprint=self._hashing.of("body", kind, write.body),
            secret=write.secret,
            state=OperationState.RUNNING,
            outcomes=write.command.outcomes,
            browser_hash=write.browser_hash,
            member_id=write.actor.member_id,
        )

    async def is_repeated(self, write: Write) -> bool:
        """Whether the caller has sent a write with this key before."""
        return write.key is not None and await self.look(self.new_operation(write).id) is not None

    async def submit(self, write: Write, *, links: Sequence[NewLink] = ()) -> Operation:
        """Carry the write out, and wait for its outcome. An operation that is still `running` goes on by itself.

        An earlier write of the same caller and key is waited for instead, if it had the same body. `links` are stored
        with the command. RejectedError when the command is rejected.
        """
        self.check_bus()
        begun = self.new_operation(write)
        request = InvitationRequest(operation=begun, links=tuple(links)) if links else Request(operation=begun)

        def send(_changes: AgencyChanges, ctx: ActorContext) -> None:
            ctx.send(write.command, id=begun.id, actor=write.actor)

        with self._listener.operation(begun.id) as ended:
            earlier = await self.decide(request, send, write.actor)
            if earlier is not None and earlier.state is not OperationState.RUNNING:
                return unless_rejected(earlier)
            return unless_rejected(await self.wait(begun, ended))

    async def decide(self, request: Request, decision: Decision, actor: Actor) -> Operation | None:
        """Let a request decide in a transaction; return the earlier operation of the same key, if there is one.

        RejectedError when the decision returns it, or when the key may not be answered again.
        """
        operation = request.operation

        def once(changes: AgencyChanges, ctx: ActorContext) -> Operation | RejectedError | None:
            if (earlier := request.begin()) is not None:
                return earlier
            if (rejection := decision(changes, ctx)) is not None:
                request.withdraw()
            return rejection

        # The local command has an id of its own: two requests of one moment may have one key.
        local = LocalCommand(
            operation.agency_id, request, once, actor, self._chassis.world.new_id(), correlation_id=operation.id
        )
        outcome: Operation | RejectedError | None = await self._commands.do(local)
        if isinstance(outcome, RejectedError):
            raise outcome
        if outcome is not None:
            self.check_replay(outcome, operation.fingerprint)
        return outcome

    async def keep_key(self, agency_id: UUID, actor: Actor, key: str, kind: str, body: str) -> None:
        """Keep a key for this body alone: the request's commands have keys of their own.

        RejectedError `idempotency_key_reused` when the key was used for something else.
        """
        operation = Operation(
            id=command_id(str(actor), key),
            agency_id=agency_id,
            caller=str(actor),
            kind=kind,
            fingerprint=self._hashing.of("body", kind, body),
            secret=False,
            state=OperationState.DONE,
            member_id=actor.member_id,
        )

        def nothing(_changes: AgencyChanges, _ctx: ActorContext) -> None:
            return None

        await self.decide(Request(operation=operation), nothing, actor)

    async def decide_secret(self, request: Request, decision: Decision, actor: Actor) -> None:
        """Let a request decide whose response gives a secret away: RejectedError also when its key was used before."""
        if await self.decide(request, decision, actor) is not None:
            raise RejectedError(RejectionCode.ALREADY_ANSWERED)

    def check_replay(self, earlier: Operation, fingerprint: bytes) -> None:
        """RejectedError when a used key may not be answered again."""
        known = Earlier(earlier.fingerprint, earlier.state, earlier.secret, earlier.sealed is not None)
        match replay(known, fingerprint):
            case Replay.KEY_REUSED:
                raise RejectedError(RejectionCode.IDEMPOTENCY_KEY_REUSED)
            case Replay.ALREADY_ANSWERED:
                raise RejectedError(RejectionCode.ALREADY_ANSWERED)
            case Replay.SAME_ANSWER:
                pass

    async def wait(self, begun: Operation, ended: asyncio.Event) -> Operation:
        """The operation once its outcome is projected, or as it stands when patience is over or this process ends.

        The server gives waiting requests three seconds when it ends; a request that waits longer would get 500.
        """
        deadline = asyncio.get_running_loop().time() + self.patience
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    await ended.wait()
                    ended.clear()
                over = False
            except TimeoutError:
                over = True
            try:
                now = await self.look(begun.id) or begun
            except AWAY:
                # The operation is recorded and will be carried out: the response is 202, never an error.
                now = begun
            if over or self._listener.closed.is_set() or not _is_worth_waiting_for(now):
                return now

    async def look(self, operation_id: UUID) -> Operation | None:
        """The operation as it stands; None when there is none."""
        return await self._looks.do(operation_id)

    async def look_many(self, ids: Sequence[UUID]) -> list[Operation | None]:
        """The operations as they stand, in this order; None for an id without one."""
        return await self._look_all(list(ids))

    async def _look_all(self, ids: list[UUID]) -> list[Operation | None]:
        operations = {operation.id: operation for operation in await store_operations.by_id(self._chassis.pool, ids)}
        return [operations.get(operation_id) for operation_id in ids]


def _is_worth_waiting_for(operation: Operation) -> bool:
    """Whether the outcome may come in a moment; a payment takes hours or days."""
    return operation.state is OperationState.RUNNING and not operation.awaits_payment


def unless_rejected(operation: Operation) -> Operation:
    """The operation, unless its command was rejected: then RejectedError."""
    if operation.state is OperationState.REJECTED:
        raise RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures)
    return operation
