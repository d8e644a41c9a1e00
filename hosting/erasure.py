"""Erasure of a person: names and addresses leave a service's tables, its outbox, and what it wrote to the bus.

Each service does this for itself, as tasks that are repeated until they are done (docs/adr/0024). A crash in between
repeats the step. Messages that are under way meanwhile are erased as they are read or published (`chassis/inbound.py`,
`chassis/outbox.py`), because the event has named the person to the actor before the task begins.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict

from chassis.actor import ActorContext, Attempt, Definition, Done, Retry, TaskHandler
from contracts.erasing import Subject, erased_data, personal_fields
from contracts.every_message import every_message
from contracts.message import Message, message_class
from contracts.personal import ERASED_NAME, erased_address
from contracts.senders import senders_to
from contracts.topics import PARTITIONS, TOPICS
from contracts.vocabulary import Service, mailbox_of
from database.postgres import Db, Pool, transaction
from transport.deletion import Deletion
from transport.producer import hash_of

log = structlog.get_logger(__name__)

ROWS, BUS = "erase", "erase_on_bus"
"""The kinds of task: first the service's own rows, then the records that it wrote."""
UNSENT_AFTER: Final = 1.0
"""Seconds until it is looked again whether the relay has delivered what was not sent yet."""
UNREAD_AFTER: Final = (2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds until it is looked again whether every group has read the records, by attempts made."""

Forget = Callable[[Db, UUID, Subject], Awaitable[Subject]]
"""Erase a person from a service's own tables; returns the person with all mailboxes and signatures that were found."""


class EraseRows(BaseModel):
    """A person to erase, with what identifies messages that do not name their id. `cause` is the command's id."""

    model_config = ConfigDict(frozen=True)

    person_id: UUID
    cause: UUID
    mailboxes: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()


class EraseOnBus(BaseModel):
    """Where the topics that the service writes to ended when its outbox was erased and delivered."""

    model_config = ConfigDict(frozen=True)

    person_id: UUID
    ends: dict[str, int]


def begin(ctx: ActorContext, subject: Subject) -> None:
    """Record the task that erases a person from this service."""
    task = EraseRows(
        person_id=subject.person_id,
        cause=ctx.correlation_id,
        mailboxes=tuple(sorted(subject.mailboxes)),
        signatures=tuple(sorted(subject.signatures)),
    )
    name = f"{ROWS}:{subject.person_id}"
    ctx.task(ROWS, task, lane=name, key=name)


def on_erased(_state: object, event: Message, ctx: ActorContext) -> None:
    """Handle the event that erases a person, in a service without a name or an address in its tables."""
    if (person_id := event.erases) is not None:
        begin(ctx, Subject(person_id))


async def nothing_of_its_own(_db: Db, _agency_id: UUID, subject: Subject) -> Subject:
    """For a service without a name or an address in its tables."""
    return subject


@dataclass(frozen=True, slots=True)
class Erasure:
    """The tasks of one service."""

    service: Service
    pool: Pool
    bus: Deletion
    forget: Forget = nothing_of_its_own

    def handlers(self) -> Mapping[str, TaskHandler]:
        """The handlers of the tasks, by kind."""
        return {
            ROWS: TaskHandler(EraseRows, self.erase_rows, _go_on),
            BUS: TaskHandler(EraseOnBus, self.erase_on_bus, _nothing),
        }

    async def erase_rows(self, attempt: Attempt) -> Done | Retry:
        """Erase the rows, wait until the relay has delivered what it had read before, and see where the topics end."""
        task: EraseRows = attempt.payload
        again = erased_address(task.person_id)
        subject = Subject(task.person_id, frozenset({*task.mailboxes, again}), frozenset(task.signatures))
        async with transaction(self.pool) as db:
            subject = await self.forget(db, attempt.agency_id, subject)
            await _erase_tasks(db, attempt.agency_id, subject)
            await _erase_deferred(db, attempt.agency_id, subject)
            theirs = await _erase_outbox(db, attempt.agency_id, subject, task.cause)
            unsent = await db.fetchval("SELECT EXISTS (SELECT FROM unsent WHERE id = ANY($1))", theirs)
        if unsent:
            return Retry("unsent", after=UNSENT_AFTER)
        partition = partition_of(attempt.agency_id)
        ends = await self.bus.ends(topics_of(self.service), partition)
        return Done(EraseOnBus(person_id=task.person_id, ends=ends))

    async def erase_on_bus(self, attempt: Attempt) -> Done | Retry:
        """Delete the records up to these ends, as far as every group has read them."""
        task: EraseOnBus = attempt.payload
        left = await self.bus.delete_read(task.ends, partition_of(attempt.agency_id))
        if left:
            return Retry("unread", after=UNREAD_AFTER[min(attempt.tries, len(UNREAD_AFTER) - 1)])
        log.info("erasure.done", agency_id=str(attempt.agency_id))
        return Done(task)


def with_erasure(definition: Definition[Any], pool: Pool, bus: Deletion) -> Definition[Any]:
    """The definition with the tasks of erasure."""
    erasure = Erasure(definition.service, pool, bus, definition.forget or nothing_of_its_own)
    return replace(definition, task_handlers={**definition.task_handlers, **erasure.handlers()})


def partition_of(agency_id: UUID) -> int:
    """The partition of an agency's records, in every topic."""
    return hash_of(str(agency_id).encode()) % PARTITIONS


def topics_of(service: Service) -> list[str]:
    """The topics to which a service writes messages about agencies."""
    owned = (topic.name for topic in TOPICS if topic.name.partition(".")[0] in set(Service))
    return [name for name in owned if service in senders_to(name)]


def _go_on(_: object, rows_erased: EraseOnBus, ctx: ActorContext) -> None:
    name = f"{BUS}:{rows_erased.person_id}"
    ctx.task(BUS, rows_erased, lane=name, key=name)


def _nothing(_: object, __: object, ___: ActorContext) -> None:
    pass


def without(value: Any, subject: Subject) -> Any:  # noqa: ANN401  JSON
    """JSON of our own, such as a task's payload, without the person: by address, and the name beside it."""
    match value:
        case dict():
            theirs = any(_is_theirs(part, subject) for part in value.values())
            return {
                key: ERASED_NAME if theirs and key == "name" and isinstance(part, str) else without(part, subject)
                for key, part in value.items()
            }
        case list():
            return [without(part, subject) for part in value]
        case str() if _is_theirs(value, subject):
            return erased_address(subject.person_id)
        case _:
            return value


def _is_theirs(value: object, subject: Subject) -> bool:
    return isinstance(value, str) and "@" in value and mailbox_of(value) in subject.mailboxes


async def _erase_tasks(db: Db, agency_id: UUID, subject: Subject) -> None:
    """Erase the person from what is still to be done for others. What was to be done for them has ended before."""
    rows = await db.fetch(_TASKS, agency_id, [*_OWN_KINDS])
    changed = [(row["id"], new) for row in rows if (new := without(row["payload"], subject)) != row["payload"]]
    if changed:
        await db.execute(_CHANGE_TASKS, [id_ for id_, _ in changed], [payload for _, payload in changed])


async def _erase_deferred(db: Db, agency_id: UUID, subject: Subject) -> None:
    """Erase the person from messages that wait, and from those that were kept to be looked at."""
    key = str(agency_id).encode()
    await db.execute(_EMPTY_QUARANTINED, key)
    changed = []
    for row in await db.fetch(_DEFERRED, agency_id, personal_types()):
        # A waiting message that does not name them was sent after the erasure, by a new person with the same address.
        known = subject if row["kind"] == "rejected" else Subject(subject.person_id)
        if (new := _erased(row["type"], row["value"], known)) is not None:
            changed.append((row["id"], new.encode()))
    if changed:
        await db.execute(_CHANGE_DEFERRED, [id_ for id_, _ in changed], [value for _, value in changed])


async def _erase_outbox(db: Db, agency_id: UUID, subject: Subject, cause: UUID) -> list[int]:
    """Erase the person from the log; returns the ids of all messages about them, erased now or before.

    A command that does not name them is theirs if it was sent before the command that erases them.
    """
    command = await db.fetchval(_ID_OF, agency_id, str(cause)) or 0
    changed, theirs = [], []
    async for row in db.cursor(_OUTBOX, agency_id, personal_types()):
        known = subject if row["id"] <= command else Subject(subject.person_id)
        new = _erased(row["type"], row["data"], known)
        if new is not None:
            theirs.append(row["id"])
            if new != row["data"]:
                changed.append((row["id"], new))
    if changed:
        await db.execute(_CHANGE_OUTBOX, [id_ for id_, _ in changed], [data for _, data in changed])
    return theirs


def personal_types() -> Collection[str]:
    """The types of the messages that have names or addresses."""
    return [name for name, model in every_message().items() if personal_fields(model)]


def _erased(type_: str, text: str | bytes, subject: Subject) -> str | None:
    """The data without the person; None if it is none of theirs."""
    model = message_class(type_)
    try:
        data = json.loads(text)
    except ValueError:
        return None
    if model is None or (new := erased_data(model, data, subject)) is data:
        return None
    return json.dumps(new, separators=(",", ":"), ensure_ascii=False)


_OWN_KINDS = (ROWS, BUS)
_TASKS = "SELECT id, payload FROM tasks WHERE agency_id = $1 AND kind <> ALL($2)"
_CHANGE_TASKS = """
UPDATE tasks t SET payload = n.payload FROM unnest($1::uuid[], $2::jsonb[]) AS n (id, payload) WHERE t.id = n.id
"""
_EMPTY_QUARANTINED = "UPDATE deferred_messages SET value = NULL WHERE kind = 'quarantined' AND key = $1"
_DEFERRED = """
SELECT id, kind, type, value FROM deferred_messages WHERE agency_id = $1 AND type = ANY($2) AND value IS NOT NULL
"""
_CHANGE_DEFERRED = """
UPDATE deferred_messages d SET value = n.value FROM unnest($1::bigint[], $2::bytea[]) AS n (id, value) WHERE d.id = n.id
"""
_ID_OF = "SELECT id FROM outbox WHERE agency_id = $1 AND position($2 in headers) > 0 ORDER BY id LIMIT 1"
_OUTBOX = "SELECT id, type, data FROM outbox WHERE agency_id = $1 AND type = ANY($2)"
_CHANGE_OUTBOX = """
UPDATE outbox o SET data = n.data FROM unnest($1::bigint[], $2::text[]) AS n (id, data) WHERE o.id = n.id
"""
