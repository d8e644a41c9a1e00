"""The actor, (service, agency): what a service gives the chassis, and what a decision may do.

A service is a store, a table of what it hears and a table of what it performs. The chassis loads and locks the state of
every agency that a batch touches, lets each message be decided in turn, saves what changed and keeps what was said, all
in one transaction. A handler therefore neither publishes, nor commits, nor calls out: it changes its state object and
tells the `Turn`.
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
from chassis.telemetry import trace_context
from contracts.message import Command, CommandRejected, Event, Message, Reply
from contracts.rejections import Rejection
from contracts.vocabulary import Actor, Service

State = TypeVar("State")
Inputs = Mapping[UUID, Sequence[object]]
"""By agency, all that may be decided in this transaction: messages, task outcomes, a gateway's own requests."""


class Store(Protocol[State]):
    """Every SQL statement of a service. Both calls run inside the chassis's transaction; neither commits.

    `load` is given what is about to be decided, so that it fetches just the rows those need, in a bounded number of
    set-based queries (never one a row), and answers a state for every agency named. What crosses agencies is claimed
    there, in sorted order, `ON CONFLICT DO NOTHING`. `save` writes what the decisions changed, with `unnest`.
    """

    async def load(self, db: asyncpg.Connection[Any], inputs: Inputs, now: datetime) -> Mapping[UUID, State]:
        """The state of each agency in `wanted`; the agencies' rows are locked already."""
        ...

    async def save(self, db: asyncpg.Connection[Any], states: Collection[State]) -> None:
        """Write what changed."""
        ...


@dataclass(frozen=True, slots=True)
class NewTask:
    """Something to be done outside of any transaction: a call to Stripe, a mail, or a timer.

    `lane` commands: one agency's tasks of a lane are taken one at a time, oldest first. `key` names the task among its
    agency's, so that recording it again moves it instead of doubling it.
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
    """One decision's surroundings: who asks, when, and where what it says goes.

    `id` is the message's (for a command: the command's, for a task's outcome: the task's) and becomes the causation of
    all that is published; `correlation_id` is the command that began it all. `now` is when it is decided,
    `published_at` when the message was published, however late it is handled or handled again (a replay).
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
        """Publish an event of this service; returns its id. ValueError if another service owns the event.

        `correlation_id` names the command whose caller waits for this event. Without it, the event keeps the
        correlation id of the message that is being decided.
        """
        if event.owner is not self.service:
            raise ValueError(f"{self.service} may not publish {event.type}: {event.owner} owns it")
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
        self.tasks.append(
            NewTask(task_id, self.agency_id, lane, kind, payload, at, self.correlation_id, self.actor, key, move),
        )
        return task_id

    def cancel(self, key: str) -> None:
        """Forget the task of that key, if it is still recorded."""
        self.cancelled.append(key)

    def run_now(self, key: str) -> None:
        """Have the task of that key tried now if it is waiting for its time; one that is being tried is left alone."""
        self.run_now_keys.append(key)


Handler = Callable[[Any, Any, ActorContext], None]
"""`(state, message, turn)`: changes the state, tells the turn."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A task handed to its performer. `unknown` is True when an earlier attempt may have had its effect.

    `tries` counts earlier attempts; `since` is when the first one was made (or now).
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
    """The task is over; `value` is decided by the performer's `settle` in a new transaction."""

    value: BaseModel


@dataclass(frozen=True, slots=True)
class Retry:
    """Not over: try again with back-off, or after so many seconds. `unknown`: it may have had its effect.

    `note`, when given, is decided by `settle` as well, while the task stays recorded. `reason` is a code for the
    operator and the logs (no name, address or URL).
    """

    reason: str
    after: float | None = None
    unknown: bool = False
    progress: BaseModel | None = None


@dataclass(frozen=True, slots=True)
class TaskHandler:
    """How a kind of task is performed (outside of any transaction) and how its outcome is decided (inside one)."""

    payload: type[BaseModel]
    run: Callable[[Attempt], Awaitable[Done | Retry]]
    record_result: Handler


class ExternalEvent(Protocol):
    """What any event of somebody else's must have."""

    @property
    def event_id(self) -> str:
        """The id that its sender gave it, the same when it comes again."""
        ...


@dataclass(frozen=True, slots=True)
class ExternalTopic:
    """A topic that is not keyed by agency and not numbered: somebody else's events, known by their own ids.

    `payload` reads a record's value. `subject` names the thing it is about, `find` the
    agencies of such things. A subject that is nobody's is ignored and counted.
    """

    topic: str
    payload: type[Any]
    subject: Callable[[Any], str]
    find: Callable[[asyncpg.Connection[Any], Sequence[str]], Awaitable[Mapping[str, UUID]]]
    handle: Handler


@dataclass(frozen=True, slots=True)
class Definition(Generic[State]):
    """A service as the chassis sees it."""

    service: Service
    store: Store[State]
    handlers: Mapping[type[Message], Handler]
    rejection: type[CommandRejected]
    task_handlers: Mapping[str, TaskHandler] = field(default_factory=dict)
    external: ExternalTopic | None = None
    jobs: Sequence[Any] = ()
    """What it does now and then of its own accord (`chassis/jobs.py`)."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What the service listens to: the topics of what it hears."""
        topics = {message.topic for message in self.handlers}
        if self.external is not None:
            topics.add(self.external.topic)
        return tuple(sorted(topics))


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """Something a service decides on its own initiative: a task's outcome, or a gateway's request.

    `wanted` is handed to the store's load. The returned value of `decide` is what `Host.act` answers.
    """

    agency_id: UUID
    input: object
    decide: Callable[[Any, ActorContext], Any]
    actor: Actor
    id: UUID
    correlation_id: UUID
    traceparent: str | None = field(default_factory=trace_context.get)
