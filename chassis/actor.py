"""The actor, (service, agency): what a service gives the chassis, and what a decision may do.

The chassis locks and loads the state of every agency that a batch touches, has each message decided, saves the states
and stores what was published, all in one transaction. A handler therefore neither commits nor calls out: it changes its
state object, and publishes and records tasks through its `ActorContext`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from chassis.clock import NewId
from contracts.message import AgencyParked, AgencyResumed, Command, CommandRejected, Event, Message, Reply
from contracts.rejections import Rejection
from contracts.vocabulary import Actor, Service
from telemetry.tracing import current_traceparent

State = TypeVar("State")
Inputs = Mapping[UUID, Sequence[object]]
"""By agency, what may be decided now: messages, who sent a command, task results, local commands' inputs."""


class Store(Protocol[State]):
    """Every SQL statement of a service. Both calls run inside the chassis's transaction; neither commits.

    `load` gets what is about to be decided, so that it fetches just the rows needed, in a bounded number of set-based
    queries. Rows that several agencies may claim are claimed there, in sorted order, `ON CONFLICT DO NOTHING`.
    """

    async def load(self, db: asyncpg.Connection[Any], inputs: Inputs, now: datetime) -> Mapping[UUID, State]:
        """The state of each agency in `inputs`; the agencies' rows are locked already."""
        ...

    async def save(self, db: asyncpg.Connection[Any], states: Collection[State]) -> None:
        """Write what the decisions changed, with `unnest`."""
        ...


@dataclass(frozen=True, slots=True)
class NewTask:
    """Something to be done outside of any transaction: a call to an external system, or a timer.

    An agency's tasks of a lane are taken one at a time, oldest first. Recording a `key` again moves its task.
    """

    id: UUID
    agency_id: UUID
    lane: str
    kind: str
    payload: BaseModel
    run_at: datetime
    correlation_id: UUID
    actor: Actor
    key: str | None = None
    move: bool = True
    traceparent: str | None = None


class OutboxMessage(NamedTuple):
    """A message on its way to the outbox; its sequence number is given when the transaction is written."""

    id: UUID
    message: Message
    agency_id: UUID
    causation_id: UUID
    correlation_id: UUID
    actor: Actor
    time: datetime
    traceparent: str | None


@dataclass(slots=True)
class ActorContext:
    """The context of a decision: its cause, and the actions that a handler may take.

    `id` is the message's or the task's, and becomes the causation of what is published; `correlation_id` is the command
    that began it. `now` is the time of the decision, `published_at` that of the message: a replay decides late.
    """

    service: Service
    agency_id: UUID
    id: UUID
    correlation_id: UUID
    actor: Actor
    now: datetime
    published_at: datetime
    new_id: NewId
    command_type: str | None = None
    traceparent: str | None = None
    rejection: type[CommandRejected] | None = None
    outbox: list[OutboxMessage] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    run_now_keys: list[str] = field(default_factory=list)

    def publish(self, event: Event, *, correlation_id: UUID | None = None, actor: Actor | None = None) -> UUID:
        """Publish an event of this service; returns its id. ValueError if another service owns it.

        `correlation_id` names the command whose caller waits for this event. Without it, the event keeps the
        correlation id of the message that is being decided.
        """
        return self._store(event, self.new_id(), correlation_id or self.correlation_id, actor)

    def send(
        self,
        command: Command,
        *,
        id: UUID | None = None,  # noqa: A002  the CloudEvents attribute
        correlation_id: UUID | None = None,
        actor: Actor | None = None,
    ) -> UUID:
        """Send a command to the service that owns it; returns its id. It begins a correlation of its own by default."""
        command_id = id or self.new_id()
        return self._store(command, command_id, correlation_id or command_id, actor)

    def reply(self, reply: Reply, *, correlation_id: UUID | None = None) -> UUID:
        """Reply to the command being decided, or to the one that `correlation_id` names. A lost reply is not resent."""
        return self._store(reply, self.new_id(), correlation_id or self.correlation_id, None)

    def _store(self, message: Message, message_id: UUID, correlation_id: UUID, actor: Actor | None) -> UUID:
        if self.service not in message.senders:
            raise ValueError(f"{self.service} may not send {message.type}")
        self.outbox.append(
            OutboxMessage(
                id=message_id,
                message=message,
                agency_id=self.agency_id,
                causation_id=self.id,
                correlation_id=correlation_id,
                actor=actor or self.actor,
                time=self.now,
                traceparent=self.traceparent,
            ),
        )
        return message_id

    def reject(self, rejection: Rejection) -> None:
        """End the command being decided with this rejection. ValueError if no command is being decided."""
        if self.rejection is None or self.command_type is None:
            raise ValueError("only a command can be rejected")
        self.publish(
            self.rejection(
                command_id=str(self.id),
                command_type=self.command_type,
                code=rejection.code,
                figures=rejection,
            )
        )

    def task(
        self,
        kind: str,
        payload: BaseModel,
        *,
        lane: str,
        run_at: datetime | None = None,
        key: str | None = None,
        move: bool = True,
        id: UUID | None = None,  # noqa: A002  a task's id is the operation it carries out, where there is one
    ) -> UUID:
        """Record a task for the workers; returns its id.

        With a `key` that is recorded already, the payload is replaced, and the time too unless `move` is False.
        """
        task_id = id or self.new_id()
        at = run_at or self.now
        origin = self.correlation_id, self.actor, key, move, self.traceparent
        self.tasks.append(NewTask(task_id, self.agency_id, lane, kind, payload, at, *origin))
        return task_id

    def cancel(self, key: str) -> None:
        """Remove the task of that key, if it is still recorded."""
        self.cancelled.append(key)

    def run_now(self, key: str) -> None:
        """Make the task of that key due now, unless a worker has it already."""
        self.run_now_keys.append(key)


Handler = Callable[[Any, Any, ActorContext], None]
"""`(state, message, ctx)`: changes the state, and publishes through the context."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a task. `unknown` is True when an earlier attempt may have had its effect.

    `tries` counts earlier attempts; `since` is the time of the first one.
    """

    id: UUID
    agency_id: UUID
    payload: Any
    tries: int
    unknown: bool
    since: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """The task is over; `record_result` decides `value` in a new transaction."""

    value: BaseModel


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again with back-off, or `after` seconds. `unknown`: the attempt may have had its effect.

    `record_result` decides `progress` too, while the task stays recorded. `reason` is a code: no name, address or URL.
    """

    reason: str
    after: float | None = None
    unknown: bool = False
    progress: BaseModel | None = None


@dataclass(frozen=True, slots=True)
class TaskHandler:
    """How a kind of task runs (outside of any transaction) and how its result is decided (inside one)."""

    payload: type[BaseModel]
    run: Callable[[Attempt], Awaitable[Done | Retry]]
    record_result: Handler


class ExternalEvent(Protocol):
    """An event of another system."""

    @property
    def event_id(self) -> str:
        """The id that its sender gave it, the same when it comes again."""


@dataclass(frozen=True, slots=True)
class ExternalTopic:
    """A topic of another system's events, neither keyed by agency nor numbered.

    `payload` reads a record's value. `subject` names the thing that an event is about, and `find` the agencies of such
    things; an event about no agency's thing is counted and ignored. `actor` is who caused what `handle` publishes.
    """

    topic: str
    payload: type[Any]
    subject: Callable[[Any], str]
    find: Callable[[asyncpg.Connection[Any], Sequence[str]], Awaitable[Mapping[str, UUID]]]
    handle: Handler
    actor: Actor


@dataclass(frozen=True, slots=True)
class Definition(Generic[State]):
    """A service as the chassis sees it."""

    service: Service
    store: Store[State]
    handlers: Mapping[type[Message], Handler]
    rejection: type[CommandRejected]
    parked: type[AgencyParked] | None = None
    resumed: type[AgencyResumed] | None = None
    """The messages that a service publishes when an agency waits, and when it goes on."""
    publish_parked: Callable[[State | None, AgencyParked, ActorContext], object] | None = None
    task_handlers: Mapping[str, TaskHandler] = field(default_factory=dict)
    external: ExternalTopic | None = None
    forget: Any = None  # erases a person from the service's own tables (`hosting/erasure.py`)
    jobs: Sequence[Any] = ()  # periodic work (`hosting/jobs.py`)
    patience: float = 0.0  # seconds for which a message may wait, to be decided with others

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that the service subscribes to."""
        topics = {message.topic for message in self.handlers}
        if self.external is not None:
            topics.add(self.external.topic)
        return tuple(sorted(topics))


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """Something that a service decides without a message, for example for an HTTP request.

    `input` is passed to the store's `load`. `ActorRuntime.execute` returns what `decide` returns.
    """

    agency_id: UUID
    input: object
    decide: Callable[[Any, ActorContext], Any]
    actor: Actor
    id: UUID
    correlation_id: UUID
    traceparent: str | None = field(default_factory=current_traceparent)
