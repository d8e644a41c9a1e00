"""The inbox: a poll's records become one transaction, and a fault belongs to whoever caused it.

A decision that raises, data that cannot be read, and a value that Postgres refuses (SQLSTATE 22, 23) are the message's
own fault: the batch is taken again without it. An order is then refused (`internal_error`) and listed; a fact parks its
agency. Whatever else goes wrong is nobody's, and the whole batch is tried again until it works.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel, ValidationError

from chassis import cursors as cursor_rows
from chassis import parking
from chassis.actor import Handler, Turn
from chassis.cursors import Verdict
from chassis.foreign import hear_foreign
from chassis.host import Host, is_nobodys
from chassis.parking import Aside
from chassis.postgres import Db, transaction
from chassis.records import Record
from chassis.telemetry import BATCH_RETRIES, BATCH_SECONDS, HEARD, SET_ASIDE, where_raised
from chassis.unit_of_work import Cause, UnitOfWork
from contracts.envelope import Envelope, UnreadableEnvelopeError
from contracts.message import Order, message_class
from contracts.vocabulary import Refusal

log = structlog.get_logger(__name__)

EVERYTHING = 1_000_000
LONGEST_PAUSE = 5.0


@dataclass(slots=True)
class Incoming:
    """A message on its way to its decision. `data` is None for a type that this service does not know."""

    envelope: Envelope
    record: Record
    data: BaseModel | None
    handler: Handler | None
    fault: str | None = None
    aside_id: int | None = None

    @property
    def stream(self) -> tuple[str, str, int]:
        """What makes it the same message when it comes again."""
        return self.envelope.sender, self.record.topic, self.envelope.seq


class _FaultsFoundError(Exception):
    """Decisions raised; the batch is rolled back and taken again with these known."""

    def __init__(self, faults: dict[UUID, str]) -> None:
        super().__init__(f"{len(faults)} decisions raised")
        self.faults = faults


class _RefusedByPostgresError(Exception):
    """Loading or writing failed for a value that one of these messages brought."""

    def __init__(self, decided: list[UUID], why: str) -> None:
        super().__init__(why)
        self.decided = decided
        self.why = why


@dataclass(slots=True)
class _Pass:
    """One attempt at a batch: its unit of work, and what waits per agency."""

    work: UnitOfWork
    topics: frozenset[str]
    faults: dict[UUID, str]
    most: int
    stash: dict[UUID, list[Incoming]] = field(default_factory=lambda: defaultdict(list))
    decided: list[UUID] = field(default_factory=list)
    raised: dict[UUID, str] = field(default_factory=dict)
    spoiled: set[UUID] = field(default_factory=set)
    counted: list[tuple[str, str]] = field(default_factory=list)
    unfinished: set[UUID] = field(default_factory=set)


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
                incoming.append(self._incoming(Envelope.read(record.key, record.headers), record))
            except UnreadableEnvelopeError as wrong:
                unreadable.append(Aside(None, None, "unreadable", str(wrong)[:200], None, record, now))
        return incoming, unreadable, foreign

    def _incoming(self, envelope: Envelope, record: Record, aside_id: int | None = None) -> Incoming:
        model = message_class(envelope.type)
        handler = None if model is None else self._definition.heard.get(model)
        if model is None or handler is None:
            return Incoming(envelope, record, None, None, None, aside_id)
        try:
            data = model.model_validate_json(record.value or b"")
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            fault = f"data: {'.'.join(map(str, first['loc']))}: {first['type']}"
            return Incoming(envelope, record, None, handler, fault, aside_id)
        return Incoming(envelope, record, data, handler, None, aside_id)

    async def _run(
        self,
        todo: list[Incoming],
        unreadable: list[Aside],
        revisit: set[UUID] | None = None,
        *,
        resume: bool = False,
    ) -> list[Incoming]:
        """Decide all of it, halving what Postgres refuses down to the message at fault."""
        faults = {one.envelope.id: one.fault for one in todo if one.fault is not None}
        again = set(revisit or ())
        most = EVERYTHING
        while todo or unreadable or again:
            try:
                consumed, again = await self._attempt(todo, unreadable, again, faults, most, resume=resume)
            except _FaultsFoundError as found:
                faults |= found.faults
            except _RefusedByPostgresError as refused:
                if len(refused.decided) == 1:
                    faults[refused.decided[0]] = refused.why
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
        faults: dict[UUID, str],
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
            stash: dict[UUID, list[Incoming]] = defaultdict(list)
            for aside in asides:
                stored = self._incoming(Envelope.read(aside.record.key, aside.record.headers), aside.record, aside.id)
                stash[stored.envelope.agency_id].append(stored)
            known = faults | {
                one.envelope.id: one.fault for queue in stash.values() for one in queue if one.fault is not None
            }
            wanted: dict[UUID, list[object]] = {agency: [] for agency in agencies}
            for one in (*todo, *(one for queue in stash.values() for one in queue)):
                if one.data is not None:
                    wanted[one.envelope.agency_id].append(one.data)
            try:
                work = await host.begin(db, cursors, wanted)
            except Exception as raised:
                if is_nobodys(raised):
                    raise
                ids = [one.envelope.id for one in todo] or list(known)
                raise _RefusedByPostgresError(ids, f"load: {where_raised(raised)}") from raised
            work.asides += unreadable
            run = _Pass(work, self._topics, known, most, stash)
            consumed = self._deal_all(run, todo, revisit)
            if run.raised:
                raise _FaultsFoundError(run.raised)
            await self._write(db, run)
        host.committed(work)
        for type_, verdict in run.counted:
            HEARD.labels(type_, verdict).inc()
        return consumed, run.unfinished

    def _deal_all(self, run: _Pass, todo: list[Incoming], revisit: set[UUID]) -> int:
        for agency in revisit:
            self._take_up(run, agency)
        for index, one in enumerate(todo):
            if len(run.decided) >= run.most:
                return index
            self._deal(run, one)
        return len(todo)

    def _deal(self, run: _Pass, one: Incoming) -> None:
        agency = one.envelope.agency_id
        if agency in run.spoiled:
            return
        match self._verdict(run, one):
            case Verdict.DELIVER:
                self._decide(run, one)
                self._take_up(run, agency)
            case Verdict.DUPLICATE:
                run.counted.append((one.envelope.type, "duplicate"))
            case (Verdict.AHEAD | Verdict.GAP | Verdict.PARKED) as verdict:
                if all(other.stream != one.stream for other in run.stash[agency]):
                    run.stash[agency].append(one)
                    run.counted.append((one.envelope.type, verdict.name.lower()))

    def _verdict(self, run: _Pass, one: Incoming) -> Verdict:
        return run.work.cursors[one.envelope.agency_id].verdict(one.envelope, one.record.topic, run.topics)

    def _take_up(self, run: _Pass, agency: UUID) -> None:
        """Decide what has become due among what waits, until nothing more has."""
        moved = True
        while moved and agency not in run.spoiled:
            moved = False
            for one in list(run.stash[agency]):
                verdict = self._verdict(run, one)
                if verdict is Verdict.DUPLICATE:
                    self._unstash(run, one)
                elif verdict is Verdict.DELIVER:
                    if len(run.decided) >= run.most:
                        run.unfinished.add(agency)
                        return
                    self._unstash(run, one)
                    self._decide(run, one)
                    moved = True

    def _unstash(self, run: _Pass, one: Incoming) -> None:
        run.stash[one.envelope.agency_id].remove(one)
        if one.aside_id is not None:
            run.work.forgotten.append(one.aside_id)

    def _decide(self, run: _Pass, one: Incoming) -> None:
        row = run.work.cursors[one.envelope.agency_id]
        fault = run.faults.get(one.envelope.id)
        if fault is not None:
            self._at_fault(run, one, fault)
            return
        row.hear(one.envelope, one.record.topic)
        if one.handler is None:
            run.counted.append((one.envelope.type, "ignored"))
            return
        run.decided.append(one.envelope.id)
        try:
            run.work.decide(_cause(one), lambda state, turn: _handled(one, state, turn))
        except Exception as raised:  # noqa: BLE001  whatever a decision raises is its message's own fault
            run.raised[one.envelope.id] = f"decision: {where_raised(raised)}"
            run.spoiled.add(one.envelope.agency_id)
        else:
            run.counted.append((one.envelope.type, "decided"))

    def _at_fault(self, run: _Pass, one: Incoming, why: str) -> None:
        model = message_class(one.envelope.type)
        row = run.work.cursors[one.envelope.agency_id]
        if model is not None and issubclass(model, Order):
            row.hear(one.envelope, one.record.topic)
            run.work.decide(_cause(one), lambda _, turn: turn.refuse(Refusal.INTERNAL_ERROR))
            run.work.asides.append(self._aside(one, "refused", why))
            return
        log.error("inbox.agency_parked", agency_id=str(row.agency_id), type=one.envelope.type, reason=why)
        row.parked_at, row.changed = run.work.now, True
        one.fault = why
        if one.aside_id is not None:  # it keeps its place among what waits
            run.work.forgotten.remove(one.aside_id)
            run.work.parked.append((one.aside_id, why))
        run.stash[row.agency_id].insert(0, one)

    def _aside(self, one: Incoming, kind: str, reason: str) -> Aside:
        SET_ASIDE.labels(kind).inc()
        now = self._host.world.clock()
        return Aside(None, one.envelope.agency_id, kind, reason, one.envelope.type, one.record, now)

    async def _write(self, db: Db, run: _Pass) -> None:
        for agency, queue in run.stash.items():
            row = run.work.cursors[agency]
            for one in queue:
                if one.aside_id is None:
                    verdict = self._verdict(run, one)
                    run.work.asides.append(self._aside(one, verdict.name.lower(), one.fault or _waits_for(verdict)))
            if row.waiting != len(queue):
                row.waiting, row.changed = len(queue), True
        try:
            async with db.transaction():
                await run.work.write(db, notify=self._host.must_notify)
        except Exception as raised:
            if is_nobodys(raised) or not run.decided:
                raise
            raise _RefusedByPostgresError(run.decided, f"save: {where_raised(raised)}") from raised


def _cause(one: Incoming) -> Cause:
    envelope = one.envelope
    model = message_class(envelope.type)
    is_order = model is not None and issubclass(model, Order)
    return Cause(
        envelope.agency_id,
        envelope.id,
        envelope.correlation_id,
        envelope.actor,
        envelope.type,
        envelope.type if is_order else None,
        envelope.traceparent,
    )


def _handled(one: Incoming, state: object, turn: Turn) -> None:
    if one.handler is not None:
        one.handler(state, one.data, turn)


def _waits_for(verdict: Verdict) -> str:
    return {
        Verdict.AHEAD: "its sender had read facts that have not arrived here yet",
        Verdict.GAP: "an earlier number of its sender has not arrived",
        Verdict.PARKED: "its agency is parked",
    }.get(verdict, "")
