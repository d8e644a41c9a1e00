"""A write over HTTP: an operation and its order in one transaction, then the wait for the order's outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.actor import Act, Turn
from chassis.postgres import AWAY
from contracts.message import Order
from contracts.vocabulary import Actor, Refusal
from services.gateway import store_desk
from services.gateway.application.hashing import Hashing
from services.gateway.application.ports import Chassis, Stalled
from services.gateway.application.refused import RefusedError
from services.gateway.application.together import Together
from services.gateway.application.wakeups import Wakeups
from services.gateway.desk import Claim, Operation
from services.gateway.domain.idempotency import Earlier, OperationState, Replay, order_id, replay
from services.gateway.state import AgencyNews

STALLED_SECONDS = 10.0
"""A bus that has acknowledged nothing for so long is away: better to say so than to record and keep people waiting."""


@dataclass(frozen=True, slots=True)
class Write:
    """What somebody wants done. `caller` and `key` name the write, `body` is what the key stands for.

    `secret`: the answer holds one that the first answer gives away (a session), so a replay is refused. `kind` tells
    the operation from others with the same order.
    """

    order: Order
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
        self, chassis: Chassis, wakeups: Wakeups, hashing: Hashing, stalled: Stalled, *, patience: float = 5.0
    ) -> None:
        self._chassis = chassis
        self._wakeups = wakeups
        self._hashing = hashing
        self._stalled = stalled
        self._patience = patience
        self.acts: Together[Act, Any] = Together(chassis.act)
        self._looks: Together[UUID, Operation | None] = Together(self._look_all)

    def check_bus(self) -> None:
        """RefusedError `bus_unavailable` while the bus is away; called before anything is recorded."""
        if self._stalled() > STALLED_SECONDS:
            raise RefusedError(Refusal.BUS_UNAVAILABLE)

    def claim(self, write: Write) -> Claim:
        """The operation that this write would be."""
        new_id, kind = self._chassis.world.new_id, write.kind or write.order.type
        operation = Operation(
            id=new_id() if write.key is None else order_id(write.caller, write.key),
            agency_id=write.agency_id,
            caller=write.caller,
            kind=kind,
            fingerprint=self._hashing.of("body", kind, write.body),
            secret=write.secret,
            state=OperationState.RUNNING,
            member_id=write.actor.member_id,
        )
        return Claim(operation, write.order.outcomes)

    async def is_repeated(self, write: Write) -> bool:
        """Whether the caller has sent a write with this key before."""
        return write.key is not None and await self.look(self.claim(write).operation.id) is not None

    def act(self, claim: Claim, wanted: object, decide: Callable[[AgencyNews, Turn], Any], actor: Actor) -> Act:
        """An act for this operation. Its own id is another: two requests of one moment may have one key."""
        operation = claim.operation
        return Act(operation.agency_id, wanted, decide, actor, self._chassis.world.new_id(), operation.id)

    async def submit(self, write: Write, *, also: Callable[[AgencyNews], None] = lambda _news: None) -> Operation:
        """Do it, and wait for its outcome. A refusal is raised; an operation still `running` goes on by itself.

        `also` writes what belongs to the order, in its transaction.

        An earlier write of the same caller and key is waited for instead, if it had the same body.
        """
        self.check_bus()
        claim = self.claim(write)
        begun = claim.operation

        def decide(news: AgencyNews, turn: Turn) -> Operation | None:
            earlier = news.desk.begun_before(claim)
            if earlier is None:
                turn.say(write.order, id=begun.id, actor=write.actor)
                also(news)
            return earlier

        with self._wakeups.operation(begun.id) as ended:
            earlier: Operation | None = await self.acts.do(self.act(claim, claim, decide, write.actor))
            if earlier is not None:
                self.check_replay(earlier, begun.fingerprint)
                if earlier.state is not OperationState.RUNNING:
                    return unless_refused(earlier)
            return unless_refused(await self.wait(begun, ended))

    async def begin(
        self,
        claim: Claim,
        wanted: object,
        decide: Callable[[AgencyNews, Turn], Operation | RefusedError | None],
        actor: Actor,
    ) -> None:
        """Do what is answered with a secret: `decide` answers None for success, or an earlier one of the same key.

        RefusedError when it answers that, or when the key was used before: a secret is not given twice.
        """
        outcome: Operation | RefusedError | None = await self.acts.do(self.act(claim, wanted, decide, actor))
        if isinstance(outcome, RefusedError):
            raise outcome
        if outcome is not None:
            self.check_replay(outcome, claim.operation.fingerprint)
            raise RefusedError(Refusal.ALREADY_ANSWERED)

    def check_replay(self, earlier: Operation, fingerprint: bytes) -> None:
        """RefusedError when a used key may not be answered again."""
        known = Earlier(earlier.fingerprint, earlier.state, earlier.secret, earlier.sealed is not None)
        match replay(known, fingerprint):
            case Replay.KEY_REUSED:
                raise RefusedError(Refusal.IDEMPOTENCY_KEY_REUSED)
            case Replay.ALREADY_ANSWERED:
                raise RefusedError(Refusal.ALREADY_ANSWERED)
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
            if over or self._wakeups.closed.is_set() or now.state is not OperationState.RUNNING:
                return now

    async def look(self, operation_id: UUID) -> Operation | None:
        """The operation as it stands; None when there is none."""
        return await self._looks.do(operation_id)

    async def _look_all(self, ids: list[UUID]) -> list[Operation | None]:
        found = {one.id: one for one in await store_desk.operations(self._chassis.pool, ids)}
        return [found.get(one) for one in ids]


def unless_refused(operation: Operation) -> Operation:
    """The operation, unless it was refused: then the refusal is raised."""
    if operation.state is OperationState.REFUSED:
        raise RefusedError(operation.code or Refusal.INTERNAL_ERROR, operation.figures)
    return operation
