"""A write over HTTP: an operation and its command in one transaction, then the wait for the command's outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.actor import ActorContext, LocalCommand
from chassis.postgres import AWAY
from contracts.message import Command
from contracts.vocabulary import Actor, RejectionCode
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing
from services.gateway.application.notify_listener import NotifyListener
from services.gateway.application.ports import Chassis, Stalled
from services.gateway.domain.idempotency import Earlier, OperationState, Replay, command_id, replay
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.rejected import RejectedError
from services.gateway.model.request_state import Claim, Operation
from services.gateway.store import request_state as store_request_state

STALLED_SECONDS = 10.0
"""A bus that has acknowledged nothing for so long is away: better to say so than to record and keep people waiting."""


@dataclass(frozen=True, slots=True)
class Write:
    """What somebody wants done. `caller` and `key` name the write, `body` is what the key stands for.

    `secret`: the answer holds one that the first answer gives away (a session), so a replay is refused. `kind` tells
    the operation from others with the same command.
    """

    command: Command
    agency_id: UUID
    caller: str
    actor: Actor
    key: str | None
    body: str
    secret: bool = False
    kind: str | None = None


class Operations:
    """Begins writes and waits for them."""

    def __init__(
        self, chassis: Chassis, listener: NotifyListener, hashing: Hashing, stalled: Stalled, *, patience: float = 5.0
    ) -> None:
        self._chassis = chassis
        self._listener = listener
        self._hashing = hashing
        self._stalled = stalled
        self._patience = patience
        self.acts: Batcher[LocalCommand, Any] = Batcher(chassis.execute)
        self._looks: Batcher[UUID, Operation | None] = Batcher(self._look_all)

    def check_bus(self) -> None:
        """RejectedError `bus_unavailable` while the bus is away; called before anything is recorded."""
        if self._stalled() > STALLED_SECONDS:
            raise RejectedError(RejectionCode.BUS_UNAVAILABLE)

    def claim(self, write: Write) -> Claim:
        """The operation that this write would be."""
        new_id, kind = self._chassis.world.new_id, write.kind or write.command.type
        operation = Operation(
            id=new_id() if write.key is None else command_id(write.caller, write.key),
            agency_id=write.agency_id,
            caller=write.caller,
            kind=kind,
            fingerprint=self._hashing.of("body", kind, write.body),
            secret=write.secret,
            state=OperationState.RUNNING,
            member_id=write.actor.member_id,
        )
        return Claim(operation, write.command.outcomes)

    async def is_repeated(self, write: Write) -> bool:
        """Whether the caller has sent a write with this key before."""
        return write.key is not None and await self.look(self.claim(write).operation.id) is not None

    def act(
        self, claim: Claim, wanted: object, decide: Callable[[AgencyChanges, ActorContext], Any], actor: Actor
    ) -> LocalCommand:
        """An act for this operation. Its own id is another: two requests of one moment may have one key."""
        operation = claim.operation
        return LocalCommand(operation.agency_id, wanted, decide, actor, self._chassis.world.new_id(), operation.id)

    async def submit(self, write: Write, *, also: Callable[[AgencyChanges], None] = lambda _news: None) -> Operation:
        """Do it, and wait for its outcome. A rejection is raised; an operation still `running` goes on by itself.

        `also` writes what belongs to the command, in its transaction.

        An earlier write of the same caller and key is waited for instead, if it had the same body.
        """
        self.check_bus()
        claim = self.claim(write)
        begun = claim.operation

        def decide(changes: AgencyChanges, ctx: ActorContext) -> Operation | None:
            earlier = changes.request_state.begun_before(claim)
            if earlier is None:
                ctx.send(write.command, id=begun.id, actor=write.actor)
                also(changes)
            return earlier

        with self._listener.operation(begun.id) as ended:
            earlier: Operation | None = await self.acts.do(self.act(claim, claim, decide, write.actor))
            if earlier is not None:
                self.check_replay(earlier, begun.fingerprint)
                if earlier.state is not OperationState.RUNNING:
                    return unless_rejected(earlier)
            return unless_rejected(await self.wait(begun, ended))

    async def begin(
        self,
        claim: Claim,
        wanted: object,
        decide: Callable[[AgencyChanges, ActorContext], Operation | RejectedError | None],
        actor: Actor,
    ) -> None:
        """Do what is answered with a secret: `decide` answers None for success, or an earlier one of the same key.

        RejectedError when it answers that, or when the key was used before: a secret is not given twice.
        """
        outcome: Operation | RejectedError | None = await self.acts.do(self.act(claim, wanted, decide, actor))
        if isinstance(outcome, RejectedError):
            raise outcome
        if outcome is not None:
            self.check_replay(outcome, claim.operation.fingerprint)
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

        The server cuts off after three seconds whoever still waits at its end, and answers 500 for them.
        """
        deadline = asyncio.get_running_loop().time() + self._patience
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
                # It is recorded and will be carried out, whoever is away now: the answer is 202, never an error.
                now = begun
            if over or self._listener.closed.is_set() or now.state is not OperationState.RUNNING:
                return now

    async def look(self, operation_id: UUID) -> Operation | None:
        """The operation as it stands; None when there is none."""
        return await self._looks.do(operation_id)

    async def _look_all(self, ids: list[UUID]) -> list[Operation | None]:
        found = {one.id: one for one in await store_request_state.operations(self._chassis.pool, ids)}
        return [found.get(one) for one in ids]


def unless_rejected(operation: Operation) -> Operation:
    """The operation, unless it was refused: then the rejection is raised."""
    if operation.state is OperationState.REFUSED:
        raise RejectedError(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures)
    return operation
