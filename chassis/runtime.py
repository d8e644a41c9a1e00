"""The runtime of one service's actors: decisions that no message brought, which are local commands and task results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic
from uuid import UUID

from chassis import cursors as cursor_rows
from chassis import tasks
from chassis.actor import Definition, LocalCommand, State
from chassis.clock import World
from chassis.cursors import Cursors
from chassis.outbox import Outbox
from chassis.relay import Relay
from chassis.tasks import Leased
from chassis.unit_of_work import Cause, UnitOfWork
from database.halving import by_halves
from database.postgres import Db, Pool, transaction
from telemetry.tracing import Tracing


class ActorRuntime(Generic[State]):
    """A definition with its pool and its world."""

    def __init__(
        self,
        definition: Definition[State],
        pool: Pool,
        world: World | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.definition = definition
        self.pool = pool
        self.world = world or World()
        self.tracing = tracing or Tracing(definition.service.value, None)
        self._relay: Relay | None = None
        self._wake_workers: Callable[[], None] = lambda: None

    def wakes(self, relay: Relay, workers: Callable[[], None]) -> None:
        """Have a commit wake the relay for its messages, and the workers for its tasks."""
        self._relay = relay
        self._wake_workers = workers

    @property
    def must_notify(self) -> bool:
        """Whether a commit has to wake the relay through Postgres, because another process leads."""
        return self._relay is None or not self._relay.leads

    async def begin(
        self,
        db: Db,
        cursors: dict[UUID, Cursors],
        inputs: Mapping[UUID, Sequence[object]],
        *,
        numbered: bool = True,
    ) -> UnitOfWork:
        """Load the states of locked agencies for their decisions."""
        now = self.world.clock()
        # An agency whose messages this service ignores only moves its cursor, so it needs no state.
        deciding = {agency: messages for agency, messages in inputs.items() if messages}
        states = await self.definition.store.load(db, deciding, now) if deciding else {}
        outbox = Outbox(self.definition.service, numbered=numbered)
        return UnitOfWork(self.definition, self.world, self.tracing, now, cursors, states, outbox)

    def committed(self, work: UnitOfWork) -> None:
        """Wake the relay and the workers if they have something to do now."""
        if work.outbox and self._relay is not None:
            self._relay.wake()
        if work.tasks or work.run_now_keys:
            self._wake_workers()

    async def execute(self, commands: Sequence[LocalCommand]) -> list[Any]:
        """Decide local commands in one transaction; returns what each decision returned.

        A command whose decision raises, or whose values Postgres rejects, gets its exception as result, and the others
        are committed without it. A transient fault is raised, and nothing is recorded.
        """
        return await by_halves(commands, self._execute_together, lambda _, fault: fault)

    async def _execute_together(self, commands: Sequence[LocalCommand]) -> list[Any]:
        inputs: dict[UUID, list[object]] = {command.agency_id: [] for command in commands}
        for command in commands:
            inputs[command.agency_id].append(command.input)
        async with transaction(self.pool) as db:
            work = await self.begin(db, await cursor_rows.lock(db, inputs), inputs)
            results = [work.decide(Cause.of(command), command.decide) for command in commands]
            await work.write(db, notify=self.must_notify)
        self.committed(work)
        return results

    async def record_result(self, task: Leased, value: object, *, finished: bool) -> bool:
        """Decide a task's result, or its progress with `finished` False. False if another worker has the task now."""
        handler = self.definition.task_handlers[task.kind]
        async with transaction(self.pool) as db:
            cursors = await cursor_rows.lock(db, [task.agency_id])
            if finished and not await tasks.finish(db, task):
                return False
            work = await self.begin(db, cursors, {task.agency_id: [value, task.actor]})
            origin = task.agency_id, task.id, task.correlation_id, task.actor, task.kind
            cause = Cause(*origin, traceparent=task.traceparent)
            work.decide(cause, lambda state, ctx: handler.record_result(state, value, ctx))
            await work.write(db, notify=self.must_notify)
        self.committed(work)
        return True
