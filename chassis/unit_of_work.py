"""One batch, one transaction: what the decisions of a batch produced, and the one place where it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis import cursors as cursor_rows
from chassis import deferred_messages, tasks
from chassis.actor import ActorContext, Definition, LocalCommand, NewTask
from chassis.clock import World
from chassis.cursors import Cursors
from chassis.deferred_messages import DeferredMessage
from chassis.outbox import Outbox
from contracts.vocabulary import Actor
from database.postgres import Db
from telemetry.tracing import Tracing


class Cause(NamedTuple):
    """The cause of a decision: a message, a task's result, or a local command."""

    agency_id: UUID
    id: UUID
    correlation_id: UUID
    actor: Actor
    name: str
    command_type: str | None = None
    traceparent: str | None = None
    published_at: datetime | None = None

    @staticmethod
    def of(command: LocalCommand) -> Cause:
        """The cause of a local command's decision."""
        return Cause(
            command.agency_id,
            command.id,
            command.correlation_id,
            command.actor,
            "local_command",
            traceparent=command.traceparent,
        )


@dataclass(slots=True)
class UnitOfWork:
    """The decisions of a transaction so far. Nothing of it is stored before `write`."""

    definition: Definition[Any]
    world: World
    tracing: Tracing
    now: datetime
    cursors: dict[UUID, Cursors]
    states: Mapping[UUID, Any]
    outbox: Outbox
    tasks: list[NewTask] = field(default_factory=list)
    cancelled: list[tuple[UUID, str]] = field(default_factory=list)
    run_now_keys: list[tuple[UUID, str]] = field(default_factory=list)
    deferred: list[DeferredMessage] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    parked: list[tuple[int, str]] = field(default_factory=list)
    without_number: list[UUID] = field(default_factory=list)
    """The ids of the events without a number that were handled."""

    def decide(self, cause: Cause, decision: Callable[[Any, ActorContext], Any]) -> Any:  # noqa: ANN401  the decision's result
        """Run one decision and keep its messages and tasks; returns and raises what the decision does."""
        ctx = ActorContext(
            service=self.definition.service,
            agency_id=cause.agency_id,
            id=cause.id,
            correlation_id=cause.correlation_id,
            actor=cause.actor,
            now=self.now,
            published_at=cause.published_at or self.now,
            new_id=self.world.new_id,
            command_type=cause.command_type,
            traceparent=cause.traceparent,
            rejection=self.definition.rejection,
        )
        state = self.states.get(cause.agency_id)
        if self.tracing.enabled:
            with self.tracing.span(cause.name, cause.traceparent) as ctx.traceparent:
                result = decision(state, ctx)
        else:
            result = decision(state, ctx)
        row = self.cursors[cause.agency_id]
        for message in ctx.outbox:
            if (gone := message.message.erases) is not None:
                row.erase(gone)
            self.outbox.add(message, row)
        if ctx.tasks or ctx.cancelled:
            self._take_tasks(ctx)
        self.run_now_keys += [(cause.agency_id, key) for key in ctx.run_now_keys]
        return result

    def publish_parked(self, cause: Cause, message_type: str, *, refused: bool = False, others: int = 0) -> None:
        """Publish that the agency waits for a message."""
        if (parked := self.definition.parked) is not None:
            event = parked(message_type=message_type, refused=refused, others=others)
            publish = self.definition.publish_parked or (lambda _, event, ctx: ctx.publish(event))
            self.decide(cause, lambda state, ctx: publish(state, event, ctx))

    def _take_tasks(self, ctx: ActorContext) -> None:
        """Keep the decision's tasks. The last decision about a key counts: to record its task, or to cancel it."""
        recorded = {(ctx.agency_id, task.key) for task in ctx.tasks if task.key is not None}
        self.cancelled = [key for key in self.cancelled if key not in recorded]
        self.tasks += ctx.tasks
        cancelled = {(ctx.agency_id, key) for key in ctx.cancelled}
        if cancelled:
            self.tasks = [task for task in self.tasks if (task.agency_id, task.key) not in cancelled]
            self.cancelled += sorted(cancelled)

    async def write(self, db: Db, *, notify: bool) -> None:
        """Write all of it; the caller commits."""
        if self.states:
            await self.definition.store.save(db, list(self.states.values()))
        await tasks.record(db, self.tasks, self.now)
        await tasks.cancel(db, self.cancelled)
        await tasks.run_now(db, self.run_now_keys, self.now)
        await deferred_messages.forget(db, self.forgotten)
        for agency, count in (await deferred_messages.write(db, self.deferred)).items():
            self.cursors[agency].waiting += count
            self.cursors[agency].changed = True
        await deferred_messages.park(db, self.parked)
        await cursor_rows.save_erased(db, self.cursors.values())
        await self.outbox.write(db, self.cursors.values(), notify=notify)
        await cursor_rows.keep_ids(db, self.without_number, self.now)
