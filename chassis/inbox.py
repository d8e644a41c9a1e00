"""The inbox: a poll's records become one transaction, and a fault belongs to whoever caused it.

A decision that raises, data that cannot be read, and a value that Postgres refuses (SQLSTATE 21, 22, 23, 54) are the
message's own fault: the batch is taken again without it. A command is then rejected (`internal_error`) and listed; an
event parks its agency. Whatever else goes wrong is nobody's, and the whole batch is tried again until it works.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog

from chassis import cursors as cursor_rows
from chassis import deferred_messages
from chassis.batch_run import BatchRun
from chassis.cursors import Cursors
from chassis.deferred_messages import DeferredMessage
from chassis.external_events import handle_external_records
from chassis.inbound import InboundMessage, MessageKey, read_message
from chassis.postgres import Db, connection, transaction
from chassis.records import Record
from chassis.runtime import ActorRuntime, is_transient
from chassis.telemetry import BATCH_RETRIES, BATCH_SECONDS, where_raised
from chassis.unit_of_work import UnitOfWork
from contracts.envelope import Envelope, UnreadableEnvelopeError

log = structlog.get_logger(__name__)

EVERYTHING = 1_000_000
LONGEST_PAUSE = 5.0


class _FaultsFoundError(Exception):
    """Decisions raised; the batch is rolled back and taken again with these known."""

    def __init__(self, faults: dict[MessageKey, str]) -> None:
        super().__init__(f"{len(faults)} decisions raised")
        self.faults = faults


class _UnloadableError(Exception):
    """Loading failed for a value that one of these messages brought."""

    def __init__(self, messages: list[InboundMessage]) -> None:
        super().__init__(f"one of {len(messages)} messages")
        self.messages = messages


class _RejectedByPostgresError(Exception):
    """Writing failed for a value that one of these messages brought."""

    def __init__(self, decided: list[InboundMessage], why: str) -> None:
        super().__init__(why)
        self.decided = decided
        self.why = why


class Inbox:
    """Hears records for one service."""

    def __init__(self, runtime: ActorRuntime[Any]) -> None:
        self._runtime = runtime
        self._definition = runtime.definition
        self._topics = frozenset(runtime.definition.topics)

    async def handle(self, records: Sequence[Record]) -> None:
        """Decide a poll's records. Returns when they are committed, however often that has to be tried."""
        inbound, unreadable, external = self._sort(records)
        pause = 0.05
        while True:
            try:
                with BATCH_SECONDS.time():
                    inbound = await self._run(inbound, unreadable)
                    unreadable = []
                    await handle_external_records(self._runtime, external)
            except Exception as nobodys:
                if not is_transient(nobodys):
                    raise
                BATCH_RETRIES.labels(type(nobodys).__name__).inc()
                log.warning("inbox.tried_again", error=type(nobodys).__name__, batch=len(records))
                await asyncio.sleep(pause * (1 + self._runtime.world.rng.random()))
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    async def take_up(self, agency_id: UUID) -> None:
        """Resume a parked agency: what waits is decided in order; an event that still fails parks it again."""
        await self._run([], [], {agency_id}, resume=True)

    def _sort(self, records: Sequence[Record]) -> tuple[list[InboundMessage], list[DeferredMessage], list[Record]]:
        inbound: list[InboundMessage] = []
        unreadable: list[DeferredMessage] = []
        external: list[Record] = []
        now = self._runtime.world.clock()
        for record in records:
            if self._definition.external is not None and record.topic == self._definition.external.topic:
                external.append(record)
                continue
            try:
                inbound.append(
                    read_message(self._definition.handlers, Envelope.read(record.key, record.headers), record)
                )
            except UnreadableEnvelopeError as wrong:
                unreadable.append(DeferredMessage(None, None, "quarantined", str(wrong)[:200], None, record, now))
        return inbound, unreadable, external

    async def _run(
        self,
        todo: list[InboundMessage],
        unreadable: list[DeferredMessage],
        revisit: set[UUID] | None = None,
        *,
        resume: bool = False,
    ) -> list[InboundMessage]:
        """Decide all of it, halving what Postgres refuses down to the message at fault."""
        faults = {one.key: one.fault for one in todo if one.fault is not None}
        again = set(revisit or ())
        most = EVERYTHING
        while todo or unreadable or again:
            try:
                consumed, again = await self._attempt(todo, unreadable, again, faults, most, resume=resume)
            except _FaultsFoundError as found:
                faults |= found.faults
            except _UnloadableError as found:
                blamed = await self._blame(found.messages)
                if not blamed:
                    raise
                faults |= blamed
            except _RejectedByPostgresError as rejection:
                if len(rejection.decided) == 1:
                    faults[rejection.decided[0].key] = rejection.why
                else:
                    most = len(rejection.decided) // 2
            else:
                todo, unreadable, resume = todo[consumed:], [], False
                most = min(most * 2, EVERYTHING)
        return []

    async def _attempt(
        self,
        todo: list[InboundMessage],
        unreadable: list[DeferredMessage],
        revisit: set[UUID],
        faults: dict[MessageKey, str],
        most: int,
        *,
        resume: bool,
    ) -> tuple[int, set[UUID]]:
        runtime = self._runtime
        todo = todo[:most]
        agencies = {one.envelope.agency_id for one in todo} | revisit
        async with transaction(runtime.pool) as db:
            cursors = await cursor_rows.lock(db, agencies)
            waiting = [agency for agency, row in cursors.items() if row.waiting]
            deferred = await deferred_messages.load(db, waiting)
            if resume:
                for agency in revisit:
                    cursors[agency].parked_at = None
                    cursors[agency].changed = True
            stash = self._stash(deferred)
            waiting_now = [one for queue in stash.values() for one in queue]
            known = faults | {one.key: one.fault for one in waiting_now if one.fault is not None}
            messages = [*todo, *waiting_now]
            if known:
                messages = [one for one in messages if one.key not in known]
            work = await self._begin(db, cursors, messages)
            work.deferred += unreadable
            run_ = BatchRun(work, self._topics, known, most, stash)
            consumed = run_.deal_all(todo, revisit)
            if run_.raised:
                raise _FaultsFoundError(run_.raised)
            run_.leave_rest()
            await self._write(db, run_)
        runtime.committed(work)
        run_.count()
        return consumed, run_.unfinished

    def _stash(self, deferred: Sequence[DeferredMessage]) -> dict[UUID, list[InboundMessage]]:
        stash: dict[UUID, list[InboundMessage]] = defaultdict(list)
        for message in deferred:
            envelope = Envelope.read(message.record.key, message.record.headers)
            stash[envelope.agency_id].append(
                read_message(self._definition.handlers, envelope, message.record, message.id)
            )
        return stash

    async def _begin(self, db: Db, cursors: dict[UUID, Cursors], messages: Sequence[InboundMessage]) -> UnitOfWork:
        try:
            return await self._runtime.begin(db, cursors, _inputs(cursors, messages))
        except Exception as raised:
            if is_transient(raised) or not messages:
                raise
            raise _UnloadableError(list(messages)) from raised

    async def _blame(self, messages: list[InboundMessage]) -> dict[MessageKey, str]:
        """Find those that cannot be loaded, by halving. Nothing that loading does is kept."""
        agencies = {one.envelope.agency_id for one in messages}
        try:
            async with connection(self._runtime.pool) as db:
                undone = db.transaction()
                await undone.start()
                try:
                    await self._definition.store.load(db, _inputs(agencies, messages), self._runtime.world.clock())
                finally:
                    await undone.rollback()
        except Exception as raised:
            if is_transient(raised):
                raise
            if len(messages) == 1:
                return {messages[0].key: f"load: {where_raised(raised)}"}
            half = len(messages) // 2
            return await self._blame(messages[:half]) | await self._blame(messages[half:])
        return {}

    async def _write(self, db: Db, run_: BatchRun) -> None:
        try:
            await run_.work.write(db, notify=self._runtime.must_notify)
        except Exception as raised:
            if is_transient(raised) or not run_.decided:
                raise
            raise _RejectedByPostgresError(run_.decided, f"save: {where_raised(raised)}") from raised


def _inputs(agencies: Iterable[UUID], messages: Iterable[InboundMessage]) -> dict[UUID, list[object]]:
    inputs: dict[UUID, list[object]] = {agency: [] for agency in agencies}
    for one in messages:
        if one.data is not None:
            inputs[one.envelope.agency_id].append(one.data)
    return inputs
