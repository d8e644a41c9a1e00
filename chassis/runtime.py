"""The host of one service's actors in this process: the transactions it opens, and the acts of its own initiative."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic
from uuid import UUID

import asyncpg

from chassis import cursors as cursor_rows
from chassis import tasks
from chassis.actor import Definition, LocalCommand, State
from chassis.clock import World
from chassis.cursors import Cursors
from chassis.outbox import Outbox, Relay
from chassis.postgres import Db, Pool, transaction
from chassis.tasks import Leased
from chassis.telemetry import Tracing
from chassis.unit_of_work import Cause, UnitOfWork

MESSAGE_FAULTS = ("21", "22", "23", "54")
"""SQLSTATE classes that only the values written can be blamed for: cardinality (two messages that claim one row), data
exception, integrity violation, a limit of Postgres itself (a text too long for its index)."""


def is_transient(fault: BaseException) -> bool:
    """A fault that no message caused: a lost connection, a lock timeout, a full disk. Worth the same try again."""
    if isinstance(fault, asyncpg.PostgresError):
        return (fault.sqlstate or "")[:2] not in MESSAGE_FAULTS
    if isinstance(fault, asyncpg.InterfaceError):
        return not isinstance(fault, ValueError)
    # A connection killed in the middle of a statement leaves asyncpg's own state machine behind: InternalClientError.
    return isinstance(fault, OSError | TimeoutError | asyncpg.InternalClientError)


class ActorRuntime(Generic[State]):
    """Holds a definition, its pool and its world together."""

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
        """What to wake after a commit that said something or recorded a task."""
        self._relay = relay
        self._wake_workers = workers

    @property
    def must_notify(self) -> bool:
        """Whether a commit tells the relay through Postgres: not needed while it leads in this process."""
        return self._relay is None or not self._relay.leads

    async def begin(self, db: Db, cursors: dict[UUID, Cursors], inputs: Mapping[UUID, Sequence[object]]) -> UnitOfWork:
        """Load the state of locked agencies and open the books for their decisions."""
        now = self.world.clock()
        # Of an agency that brought only what this service ignores, nothing but the cursor moves.
        asked = {agency: messages for agency, messages in inputs.items() if messages}
        states = await self.definition.store.load(db, asked, now) if asked else {}
        outbox = Outbox(self.definition.service)
        return UnitOfWork(self.definition, self.world, self.tracing, now, cursors, states, outbox)

    def committed(self, work: UnitOfWork) -> None:
        """Wake who has something to do now."""
        if work.outbox and self._relay is not None:
            self._relay.wake()
        if work.tasks or work.run_now_keys:
            self._wake_workers()

    async def execute(self, commands: Sequence[LocalCommand]) -> list[Any]:
        """Decide the service's own acts, all in one transaction; answers what each decision returned.

        A decision that raises, or brings a value that Postgres refuses, is answered with its exception, and the others
        are committed without it. A fault that is nobody's is raised, and nothing is recorded.
        """
        return await self._execute(list(commands), {})

    async def _execute(self, commands: list[LocalCommand], failed: dict[UUID, Exception]) -> list[Any]:
        try:
            return await self._attempt(commands, failed)
        except _RaisedError as raised:
            failed[raised.command_id] = raised.why
            return await self._execute(commands, failed)
        except Exception as rejection:
            live = [command for command in commands if command.id not in failed]
            if is_transient(rejection) or not live:
                raise
            if len(live) == 1:
                return [failed.get(command.id, rejection) for command in commands]
            half = len(commands) // 2
            return [*await self._execute(commands[:half], failed), *await self._execute(commands[half:], failed)]

    async def _attempt(self, commands: list[LocalCommand], failed: Mapping[UUID, Exception]) -> list[Any]:
        live = [command for command in commands if command.id not in failed]
        inputs: dict[UUID, list[object]] = {command.agency_id: [] for command in live}
        for command in live:
            inputs[command.agency_id].append(command.input)
        answers: dict[UUID, Any] = dict(failed)
        async with transaction(self.pool) as db:
            work = await self.begin(db, await cursor_rows.lock(db, inputs), inputs)
            for command in live:
                cause = Cause(
                    command.agency_id,
                    command.id,
                    command.correlation_id,
                    command.actor,
                    "local_command",
                    traceparent=command.traceparent,
                )
                try:
                    answers[command.id] = work.decide(cause, command.decide)
                except Exception as raised:
                    raise _RaisedError(command.id, raised) from raised
            await work.write(db, notify=self.must_notify)
        self.committed(work)
        return [answers[command.id] for command in commands]

    async def record_result(
        self, task: Leased, value: object, *, finished: bool, traceparent: str | None = None
    ) -> bool:
        """Decide a task's outcome (or a note, with `finished` False); False when the task is not ours any more."""
        handler = self.definition.task_handlers[task.kind]
        async with transaction(self.pool) as db:
            cursors = await cursor_rows.lock(db, [task.agency_id])
            if finished and not await tasks.finish(db, task):
                return False
            work = await self.begin(db, cursors, {task.agency_id: [value]})
            cause = Cause(task.agency_id, task.id, task.correlation_id, task.actor, task.kind, traceparent=traceparent)
            work.decide(cause, lambda state, ctx: handler.record_result(state, value, ctx))
            await work.write(db, notify=self.must_notify)
        self.committed(work)
        return True


class _RaisedError(Exception):
    """A decision raised; whose, and what."""

    def __init__(self, command_id: UUID, why: Exception) -> None:
        super().__init__(str(command_id))
        self.command_id = command_id
        self.why = why
