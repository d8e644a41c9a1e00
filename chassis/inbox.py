"""The inbox: a poll's records become one transaction, and a fault affects only the message that caused it.

A decision that raises, data that cannot be read, and a value that Postgres rejects are the message's own fault: the
batch is decided again without it. A command is then rejected (`internal_error`) and listed; an event parks its agency.
After a transient fault the whole batch is tried again until it works. A bug of ours (SQL that cannot run) is raised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never
from uuid import UUID

import structlog

from chassis import cursors as cursor_rows
from chassis import deferred_messages
from chassis.batch_run import BatchRun
from chassis.cursors import Cursors
from chassis.deferred_messages import DeferredMessage
from chassis.external_events import handle_external_records
from chassis.halving import by_halves
from chassis.inbound import InboundMessage, MessageKey, read_message
from chassis.postgres import Db, Fault, fault_of, trial
from chassis.records import Record
from chassis.retrying import keep_trying
from chassis.runtime import ActorRuntime
from chassis.telemetry import BATCH_RETRIES, BATCH_SECONDS, where_raised
from chassis.trust import Trust
from contracts.envelope import Envelope, UnreadableEnvelopeError

log = structlog.get_logger(__name__)

EVERYTHING = 1_000_000
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds before a batch is tried again after a transient fault."""


@dataclass(slots=True)
class Batch:
    """What is left of a batch, and what its attempts have shown.

    The agencies in `revisit` have deferred messages that may be due. `faults` says which messages are at fault and
    why. At most `most` messages are decided in one transaction.
    """

    todo: Sequence[InboundMessage]
    unreadable: Sequence[DeferredMessage] = ()
    revisit: set[UUID] = field(default_factory=set)
    resume: bool = False
    most: int = EVERYTHING
    faults: dict[MessageKey, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return bool(self.todo or self.unreadable or self.revisit)


@dataclass(frozen=True, slots=True)
class Committed:
    """The first `consumed` messages were decided, deferred or dropped."""

    run: BatchRun
    consumed: int


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
        self._trust = trust or Trust()
        self._definition = runtime.definition
        self._topics = frozenset(runtime.definition.topics)

    async def handle(self, records: Sequence[Record]) -> None:
        """Decide a poll's records. Returns when they are committed, however often that has to be tried."""
        batch, external = self._sort(records)
        retrying = keep_trying(
            "inbox.tried_again",
            seconds=FIRST_PAUSE,
            longest=LONGEST_PAUSE,
            rng=self._runtime.world.rng,
            noted=lambda fault: BATCH_RETRIES.labels(type(fault).__name__).inc(),
        )
        await retrying(self._decide, batch)
        await retrying(handle_external_records, self._runtime, external)

    async def take_up(self, agency_id: UUID) -> None:
        """Resume a parked agency: its messages are decided in order; an event that still fails parks it again."""
        await self._decide(Batch([], revisit={agency_id}, resume=True))

    def _sort(self, records: Sequence[Record]) -> tuple[Batch, list[Record]]:
        inbound: list[InboundMessage] = []
        unreadable: list[DeferredMessage] = []
        external: list[Record] = []
        now = self._runtime.world.clock()
        for record in records:
            if self._definition.external is not None and record.topic == self._definition.external.topic:
                external.append(record)
                continue
            try:
                envelope = Envelope.read(record.key, record.headers)
            except UnreadableEnvelopeError as wrong:
                unreadable.append(DeferredMessage(None, None, "quarantined", str(wrong)[:200], None, record, now))
                continue
            if (why := self._trust.why_not(envelope, record)) is not None:
                log.error("inbox.not_believed", topic=record.topic, reason=why[:200])
                unreadable.append(
                    DeferredMessage(None, envelope.agency_id, "quarantined", why[:200], envelope.type, record, now)
                )
                continue
            inbound.append(read_message(self._definition.handlers, envelope, record))
        return Batch(inbound, unreadable, faults=_unreadable_data(inbound)), external

    async def _decide(self, batch: Batch) -> None:
        """Attempt until nothing is left. Each attempt commits a part, or shows which message is at fault."""
        while batch.is_open:
            with BATCH_SECONDS.time():
                async with trial(self._runtime.pool) as attempt:
                    outcome = await self._attempt(attempt.db, batch)
                    attempt.kept = isinstance(outcome, Committed)
            match outcome:
                case Committed(run, consumed):
                    self._runtime.committed(run.work)
                    run.count()
                    batch.todo, batch.unreadable = batch.todo[consumed:], ()
                    batch.revisit, batch.resume = run.unfinished, False
                    batch.most = min(batch.most * 2, EVERYTHING)
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
        cursors = await cursor_rows.lock(db, {message.envelope.agency_id for message in todo} | batch.revisit)
        stash = await self._stash(db, cursors)
        resumed = {agency for agency in batch.revisit if batch.resume and cursors[agency].parked_at is not None}
        for agency in resumed:
            cursors[agency].parked_at, cursors[agency].changed = None, True
        stashed = [message for queue in stash.values() for message in queue]
        faults = batch.faults | _unreadable_data(stashed)
        messages = [message for message in (*todo, *stashed) if message.key not in faults]
        try:
            work = await self._runtime.begin(db, cursors, _inputs(cursors, messages))
        except Exception as raised:
            if fault_of(raised) is not Fault.INPUT or not messages:
                raise
            return Unloadable(messages, raised)
        work.deferred += batch.unreadable
        run = BatchRun(work, self._topics, faults, batch.most, stash, resumed)
        consumed = run.decide_all(todo, batch.revisit)
        if run.raised:
            return Raised(run.raised)
        run.publish_resumed()
        run.defer_rest()
        try:
            await work.write(db, notify=self._runtime.must_notify)
        except Exception as raised:
            if fault_of(raised) is not Fault.INPUT or not run.decided:
                raise
            return Rejected(run.decided, f"save: {where_raised(raised)}")
        return Committed(run, consumed)

    async def _stash(self, db: Db, cursors: Mapping[UUID, Cursors]) -> dict[UUID, list[InboundMessage]]:
        """The deferred messages of the agencies that have some."""
        stash: dict[UUID, list[InboundMessage]] = defaultdict(list)
        for row in await deferred_messages.load(db, [agency for agency, row in cursors.items() if row.waiting]):
            envelope = Envelope.read(row.record.key, row.record.headers)
            stash[envelope.agency_id].append(read_message(self._definition.handlers, envelope, row.record, row.id))
        return stash

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


def _inputs(agencies: Iterable[UUID], messages: Iterable[InboundMessage]) -> dict[UUID, list[object]]:
    inputs: dict[UUID, list[object]] = {agency: [] for agency in agencies}
    for message in messages:
        if message.data is not None:
            inputs[message.envelope.agency_id].append(message.data)
    return inputs


def _unreadable_data(messages: Iterable[InboundMessage]) -> dict[MessageKey, str]:
    return {message.key: message.fault for message in messages if message.fault is not None}
