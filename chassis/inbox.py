"""The inbox: a poll's records become one transaction, and a fault affects only the message that caused it.

A decision that raises, data that cannot be read, and a value that Postgres rejects are the message's own fault: the
batch is decided again without it. A command is then rejected (`internal_error`) and listed; an event parks its agency.
After a transient fault the whole batch is tried again until it works. A bug of ours (SQL that cannot run) is raised.

Of a message that the service does not handle, only the cursor moves: with the next decision of its agency, or once a
second with all others (`flush`), before their offsets are acknowledged.

Messages that wait are taken up in portions, in transactions of their own. An agency with more than a portion of them is
caught up beside the polls (`run`), so that nobody waits for its backlog.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import asyncpg

from chassis import cursors as cursor_rows
from chassis import deferred_messages
from chassis.batch_run import BatchRun
from chassis.clock import wait_for
from chassis.deferred_messages import PORTION, DeferredMessage
from chassis.external_events import handle_external_records
from chassis.inbound import InboundMessage, MessageKey, read_message
from chassis.runtime import ActorRuntime
from chassis.sorting import Sorting
from contracts.envelope import Envelope
from database.halving import by_halves
from database.postgres import Db, Fault, connection, fault_of, trial
from database.retrying import keep_trying
from telemetry.logs import where_raised
from telemetry.metrics import BATCH_RETRIES, BATCH_SECONDS
from transport.records import Record
from transport.trust import Trust

EVERYTHING = 1_000_000
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds before a batch is tried again after a transient fault."""
ALONE = 5
"""How often one message alone may run into the limit of a statement until that is its own fault."""
LOOK_SECONDS = 300.0
"""How often all agencies with waiting messages are looked at: another process may have died while catching up."""


@dataclass(slots=True)
class Batch:
    """The rest of a batch, and the results of its attempts.

    First come its records, then the deferred messages of the agencies in `revisit` that may be due. `faults` says which
    messages are at fault and why. At most `most` messages are decided in one transaction; `too_long` counts how often
    one alone took longer than a statement may.
    """

    todo: Sequence[InboundMessage]
    unreadable: Sequence[DeferredMessage] = ()
    revisit: set[UUID] = field(default_factory=set)
    resume: bool = False
    most: int = EVERYTHING
    faults: dict[MessageKey, str] = field(default_factory=dict)
    too_long: int = 0

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return bool(self.todo or self.unreadable or self.revisit)


@dataclass(frozen=True, slots=True)
class Committed:
    """The first `consumed` records were decided, deferred or dropped.

    The agencies in `revisit` may have more that is due, those in `far_behind` more than a portion of it.
    """

    run: BatchRun
    consumed: int
    revisit: set[UUID]
    far_behind: set[UUID]


@dataclass(frozen=True, slots=True)
class Unloadable:
    """One of these messages brought a value with which no state can be loaded."""

    messages: list[InboundMessage]
    fault: Exception


@dataclass(frozen=True, slots=True)
class Raised:
    """Decisions raised."""

    faults: dict[MessageKey, str]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Postgres rejected what one of these messages decided."""

    decided: list[InboundMessage]
    why: str


Outcome = Committed | Unloadable | Raised | Rejected
"""How an attempt at a batch ended. All but the first are rolled back."""


class Inbox:
    """Handles records for one service."""

    def __init__(self, runtime: ActorRuntime[Any], trust: Trust | None = None) -> None:
        self._runtime = runtime
        self._definition = runtime.definition
        self._topics = frozenset(runtime.definition.topics)
        self._sorting = Sorting(runtime.definition, trust or Trust(), runtime.world.clock)
        self._far_behind: set[UUID] = set()
        self._wakes = asyncio.Event()
        self._runs = False
        self._retrying = keep_trying(
            "inbox.tried_again",
            seconds=FIRST_PAUSE,
            longest=LONGEST_PAUSE,
            rng=runtime.world.rng,
            noted=lambda fault: BATCH_RETRIES.labels(type(fault).__name__).inc(),
        )

    async def handle(self, records: Sequence[Record]) -> None:
        """Decide records. Returns when they are committed, however often that has to be tried."""
        await self.take(records)
        await self.flush()

    async def flush(self) -> None:
        """Move the cursors past all messages that were taken. Their offsets may be acknowledged after it."""
        await self._retrying(self._decide, Batch(self._sorting.take_kept()))

    async def take(self, records: Sequence[Record]) -> None:
        """Decide a poll's records, and keep those without a handler until `flush`."""
        portion = self._sorting.sort(records)
        await self._retrying(self._decide, Batch(portion.messages, portion.unreadable))
        await self._retrying(handle_external_records, self._runtime, portion.external)
        if self._sorting.keeps_many:
            await self.flush()
        while self._far_behind and not self._runs:
            await self.catch_up()

    async def take_up(self, agency_id: UUID) -> None:
        """Resume a parked agency: its messages are decided in order; an event that still fails parks it again."""
        await self._decide(Batch([], revisit={agency_id}, resume=True))

    async def run(self) -> None:
        """Catch up until cancelled, whenever a batch shows that an agency is far behind."""
        self._runs, look_at = True, 0.0
        while True:
            if time.monotonic() >= look_at:
                self._far_behind |= await self._retrying(self._find_waiting)
                look_at = time.monotonic() + LOOK_SECONDS
            while self._far_behind:
                await self.catch_up()
            await wait_for(self._wakes, LOOK_SECONDS)

    async def catch_up(self) -> None:
        """Decide a portion of what waits of each agency that is far behind."""
        batch = Batch([], revisit=self._far_behind)
        self._far_behind = set()
        self._wakes.clear()
        await self._retrying(self._decide, batch)

    async def _find_waiting(self) -> set[UUID]:
        async with connection(self._runtime.pool) as db:
            return await deferred_messages.waiting_agencies(db)

    async def _decide(self, batch: Batch) -> None:
        """Attempt until nothing is left. Each attempt commits a part, or shows which message is at fault."""
        while batch.is_open:
            with BATCH_SECONDS.time():
                async with trial(self._runtime.pool) as attempt:
                    outcome = await self._attempt(attempt.db, batch)
                    attempt.kept = isinstance(outcome, Committed)
            match outcome:
                case Committed(run, consumed, revisit, far_behind):
                    self._runtime.committed(run.work)
                    run.count()
                    self._sorting.note_waiting(run.work.cursors.values())
                    batch.todo, batch.unreadable, batch.revisit = batch.todo[consumed:], (), revisit
                    if far_behind and not batch.resume:
                        batch.revisit -= far_behind
                        self._far_behind |= far_behind
                        self._wakes.set()
                    batch.most, batch.too_long = min(batch.most * 2, EVERYTHING), 0
                case Raised(faults):
                    batch.faults |= faults
                case Unloadable(messages, fault):
                    batch.faults |= await self._find_unloadable(messages, fault)
                case Rejected([message], why):
                    batch.faults[message.key] = why
                case Rejected(decided):
                    # A decision rests on those before it, so only a prefix of the batch can be tried alone.
                    batch.most = len(decided) // 2
                case _ as never:
                    assert_never(never)

    async def _attempt(self, db: Db, batch: Batch) -> Outcome:
        todo = batch.todo[: batch.most]
        agencies = {message.envelope.agency_id for message in todo} or sorted(batch.revisit)[:PORTION]
        cursors = await cursor_rows.lock(db, agencies)
        resumed: dict[UUID, datetime] = {}
        if not todo:
            cursors = cursor_rows.together(cursors, PORTION)
            rows = await deferred_messages.heads(db, cursors, min(PORTION, batch.most))
            todo = [self._read(row) for row in rows]
            resumed = cursor_rows.resume(cursors) if batch.resume else {}
        looked_at = Counter(message.envelope.agency_id for message in todo if message.deferred_id is not None)
        not_looked_at = {agency for agency, row in cursors.items() if row.waiting > looked_at[agency]}
        faults = batch.faults | {message.key: message.fault for message in todo if message.fault is not None}
        messages = [message for message in todo if message.key not in faults]
        try:
            work = await self._runtime.begin(db, cursors, _inputs(cursors, messages))
        except Exception as raised:
            if _takes_too_long(batch, messages, raised):
                return Rejected(messages, f"load: {where_raised(raised)}")
            if fault_of(raised) is not Fault.INPUT or not messages:
                raise
            return Unloadable(messages, raised)
        work.deferred += batch.unreadable
        ids = [message.envelope.id for message in todo if message.is_known_by_its_id]
        known = await cursor_rows.known_ids(db, ids)
        run = BatchRun(work, self._topics, faults, batch.most, resumed, known)
        consumed = run.decide_all(todo)
        if run.raised:
            return Raised(run.raised)
        unfinished = run.defer_rest() | run.moved & not_looked_at
        revisit = batch.revisit
        if not batch.todo:
            revisit = revisit - cursors.keys()
            unfinished |= {message.envelope.agency_id for message in todo[consumed:]}
        unfinished = {agency for agency in unfinished if cursors[agency].parked_at is None}
        run.end_resumption(unfinished)
        try:
            await work.write(db, notify=self._runtime.must_notify)
        except Exception as raised:
            is_input = fault_of(raised) is Fault.INPUT and bool(run.decided)
            if not is_input and not _takes_too_long(batch, run.decided, raised):
                raise
            return Rejected(run.decided, f"save: {where_raised(raised)}")
        far_behind = {agency for agency in unfinished if cursors[agency].waiting > PORTION}
        return Committed(run, consumed, revisit | unfinished, far_behind)

    def _read(self, row: DeferredMessage) -> InboundMessage:
        envelope = Envelope.read(row.record.key, row.record.headers)
        return read_message(self._definition.handlers, envelope, row.record, row.id)

    async def _find_unloadable(self, messages: list[InboundMessage], fault: Exception) -> dict[MessageKey, str]:
        """The messages that cannot be loaded. Raises the fault if each can be loaded alone: it is a bug then."""

        async def load(part: Sequence[InboundMessage]) -> list[tuple[MessageKey, str]]:
            inputs = _inputs({message.envelope.agency_id for message in part}, part)
            async with trial(self._runtime.pool) as undone:
                await self._definition.store.load(undone.db, inputs, self._runtime.world.clock())
            return []

        def blame(message: InboundMessage, fault: Exception) -> tuple[MessageKey, str]:
            return message.key, f"load: {where_raised(fault)}"

        at_fault = await by_halves(messages, load, blame)
        if not at_fault:
            raise fault
        return dict(at_fault)


def _takes_too_long(batch: Batch, messages: Sequence[InboundMessage], fault: Exception) -> bool:
    """Whether to try fewer messages, because Postgres gave a statement up; or whether one alone is at fault by now."""
    if not isinstance(fault, asyncpg.QueryCanceledError):
        return False
    if len(messages) == 1:
        batch.too_long += 1
        return batch.too_long >= ALONE
    return bool(messages) and batch.most > 1


def _inputs(agencies: Iterable[UUID], messages: Iterable[InboundMessage]) -> dict[UUID, list[object]]:
    inputs: dict[UUID, list[object]] = {agency: [] for agency in agencies}
    for message in messages:
        if message.data is not None:
            inputs[message.envelope.agency_id].append(message.data)
            if message.is_command:
                inputs[message.envelope.agency_id].append(message.envelope.actor)
    return inputs
