"""The inbox: a poll's records become one transaction, and a fault belongs to whoever caused it.

A decision that raises, data that cannot be read, and a value that Postgres refuses (SQLSTATE 21, 22, 23, 54) are the
message's own fault: the batch is taken again without it. An order is then refused (`internal_error`) and listed; a fact
parks its agency. Whatever else goes wrong is nobody's, and the whole batch is tried again until it works.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog

from chassis import cursors as cursor_rows
from chassis import parking
from chassis.cursors import Cursors
from chassis.dealing import Dealing
from chassis.foreign import hear_foreign
from chassis.host import Host, is_nobodys
from chassis.incoming import Incoming, Mark
from chassis.incoming import incoming as incoming_of
from chassis.parking import Aside
from chassis.postgres import Db, connection, transaction
from chassis.records import Record
from chassis.telemetry import BATCH_RETRIES, BATCH_SECONDS, where_raised
from chassis.unit_of_work import UnitOfWork
from contracts.envelope import Envelope, UnreadableEnvelopeError

log = structlog.get_logger(__name__)

EVERYTHING = 1_000_000
LONGEST_PAUSE = 5.0


class _FaultsFoundError(Exception):
    """Decisions raised; the batch is rolled back and taken again with these known."""

    def __init__(self, faults: dict[Mark, str]) -> None:
        super().__init__(f"{len(faults)} decisions raised")
        self.faults = faults


class _UnloadableError(Exception):
    """Loading failed for a value that one of these messages brought."""

    def __init__(self, messages: list[Incoming]) -> None:
        super().__init__(f"one of {len(messages)} messages")
        self.messages = messages


class _RefusedByPostgresError(Exception):
    """Writing failed for a value that one of these messages brought."""

    def __init__(self, decided: list[Incoming], why: str) -> None:
        super().__init__(why)
        self.decided = decided
        self.why = why


class Inbox:
    """Hears records for one service."""

    def __init__(self, host: Host[Any]) -> None:
        self._host = host
        self._definition = host.definition
        self._topics = frozenset(host.definition.topics)

    async def hear(self, records: Sequence[Record]) -> None:
        """Decide a poll's records. Returns when they are committed, however often that has to be tried."""
        incoming, unreadable, foreign = self._sort(records)
        pause = 0.05
        while True:
            try:
                with BATCH_SECONDS.time():
                    incoming = await self._run(incoming, unreadable)
                    unreadable = []
                    await hear_foreign(self._host, foreign)
            except Exception as nobodys:
                if not is_nobodys(nobodys):
                    raise
                BATCH_RETRIES.labels(type(nobodys).__name__).inc()
                log.warning("inbox.tried_again", error=type(nobodys).__name__, batch=len(records))
                await asyncio.sleep(pause * (1 + self._host.world.chance.random()))
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    async def take_up(self, agency_id: UUID) -> None:
        """Resume a parked agency: what waits is decided in order; a fact that still fails parks it again."""
        await self._run([], [], {agency_id}, resume=True)

    def _sort(self, records: Sequence[Record]) -> tuple[list[Incoming], list[Aside], list[Record]]:
        incoming: list[Incoming] = []
        unreadable: list[Aside] = []
        foreign: list[Record] = []
        now = self._host.world.clock()
        for record in records:
            if self._definition.foreign is not None and record.topic == self._definition.foreign.topic:
                foreign.append(record)
                continue
            try:
                incoming.append(incoming_of(self._definition.heard, Envelope.read(record.key, record.headers), record))
            except UnreadableEnvelopeError as wrong:
                unreadable.append(Aside(None, None, "unreadable", str(wrong)[:200], None, record, now))
        return incoming, unreadable, foreign

    async def _run(
        self,
        todo: list[Incoming],
        unreadable: list[Aside],
        revisit: set[UUID] | None = None,
        *,
        resume: bool = False,
    ) -> list[Incoming]:
        """Decide all of it, halving what Postgres refuses down to the message at fault."""
        faults = {one.mark: one.fault for one in todo if one.fault is not None}
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
            except _RefusedByPostgresError as refused:
                if len(refused.decided) == 1:
                    faults[refused.decided[0].mark] = refused.why
                else:
                    most = len(refused.decided) // 2
            else:
                todo, unreadable, resume = todo[consumed:], [], False
                most = min(most * 2, EVERYTHING)
        return []

    async def _attempt(
        self,
        todo: list[Incoming],
        unreadable: list[Aside],
        revisit: set[UUID],
        faults: dict[Mark, str],
        most: int,
        *,
        resume: bool,
    ) -> tuple[int, set[UUID]]:
        host = self._host
        todo = todo[:most]
        agencies = {one.envelope.agency_id for one in todo} | revisit
        async with transaction(host.pool) as db:
            cursors = await cursor_rows.lock(db, agencies)
            waiting = [agency for agency, row in cursors.items() if row.waiting]
            asides = await parking.load(db, waiting)
            if resume:
                for agency in revisit:
                    cursors[agency].parked_at = None
                    cursors[agency].changed = True
            stash = self._stash(asides)
            waiting_now = [one for queue in stash.values() for one in queue]
            known = faults | {one.mark: one.fault for one in waiting_now if one.fault is not None}
            messages = [*todo, *waiting_now]
            if known:
                messages = [one for one in messages if one.mark not in known]
            work = await self._begin(db, cursors, messages)
            work.asides += unreadable
            dealing = Dealing(work, self._topics, known, most, stash)
            consumed = dealing.deal_all(todo, revisit)
            if dealing.raised:
                raise _FaultsFoundError(dealing.raised)
            dealing.leave_rest()
            await self._write(db, dealing)
        host.committed(work)
        dealing.count()
        return consumed, dealing.unfinished

    def _stash(self, asides: Sequence[Aside]) -> dict[UUID, list[Incoming]]:
        stash: dict[UUID, list[Incoming]] = defaultdict(list)
        for aside in asides:
            envelope = Envelope.read(aside.record.key, aside.record.headers)
            stash[envelope.agency_id].append(incoming_of(self._definition.heard, envelope, aside.record, aside.id))
        return stash

    async def _begin(self, db: Db, cursors: dict[UUID, Cursors], messages: Sequence[Incoming]) -> UnitOfWork:
        try:
            return await self._host.begin(db, cursors, _wanted(cursors, messages))
        except Exception as raised:
            if is_nobodys(raised) or not messages:
                raise
            raise _UnloadableError(list(messages)) from raised

    async def _blame(self, messages: list[Incoming]) -> dict[Mark, str]:
        """Find those that cannot be loaded, by halving. Nothing that loading does is kept."""
        agencies = {one.envelope.agency_id for one in messages}
        try:
            async with connection(self._host.pool) as db:
                undone = db.transaction()
                await undone.start()
                try:
                    await self._definition.store.load(db, _wanted(agencies, messages), self._host.world.clock())
                finally:
                    await undone.rollback()
        except Exception as raised:
            if is_nobodys(raised):
                raise
            if len(messages) == 1:
                return {messages[0].mark: f"load: {where_raised(raised)}"}
            half = len(messages) // 2
            return await self._blame(messages[:half]) | await self._blame(messages[half:])
        return {}

    async def _write(self, db: Db, dealing: Dealing) -> None:
        try:
            await dealing.work.write(db, notify=self._host.must_notify)
        except Exception as raised:
            if is_nobodys(raised) or not dealing.decided:
                raise
            raise _RefusedByPostgresError(dealing.decided, f"save: {where_raised(raised)}") from raised


def _wanted(agencies: Iterable[UUID], messages: Iterable[Incoming]) -> dict[UUID, list[object]]:
    wanted: dict[UUID, list[object]] = {agency: [] for agency in agencies}
    for one in messages:
        if one.data is not None:
            wanted[one.envelope.agency_id].append(one.data)
    return wanted
