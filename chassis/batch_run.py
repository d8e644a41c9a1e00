"""One attempt at a batch, in memory: each message is decided, dropped or deferred, and what it makes due is decided.

The messages that wait are looked at by stream (an agency's messages of one sender and topic): only the first of a
stream can be due, so that a message costs the same however many wait.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from uuid import UUID

import structlog

from chassis.cursors import Verdict
from chassis.deferred_messages import DeferredMessage
from chassis.inbound import InboundMessage, MessageKey
from chassis.unit_of_work import Cause, UnitOfWork
from contracts.message import Message
from contracts.request_rejections import InternalError
from contracts.vocabulary import OPERATOR
from telemetry.logs import where_raised
from telemetry.metrics import MESSAGES_DEFERRED, MESSAGES_HANDLED

log = structlog.get_logger(__name__)

_WAITS_FOR = {
    Verdict.AHEAD: "its sender had handled events that have not arrived here yet",
    Verdict.GAP: "an earlier number of its sender has not arrived",
    Verdict.PARKED: "its agency is parked",
}
DECIDING_SECONDS = 2.0
"""How long a transaction may decide: Postgres ends a session that says nothing in it for 10 seconds."""
Queues = dict[tuple[str, str], list[tuple[int, int, InboundMessage]]]
"""By sender and topic, the messages of an agency that wait, as heaps: by number, then in the order of arrival."""


@dataclass(slots=True)
class BatchRun:
    """One attempt at a batch. `faults` are known from earlier attempts; at most `most` messages are decided.

    `resumed` holds the agencies that were parked until now, and since when, `known` the ids of events without a number
    that were handled. If a decision raised, the inbox rolls the whole attempt back.
    """

    work: UnitOfWork
    topics: frozenset[str]
    faults: dict[MessageKey, str]
    most: int
    resumed: Mapping[UUID, datetime] = field(default_factory=dict)
    known: Collection[UUID] = ()
    decided: list[InboundMessage] = field(default_factory=list)
    raised: dict[MessageKey, str] = field(default_factory=dict)
    moved: set[UUID] = field(default_factory=set)
    spoiled: set[UUID] = field(default_factory=set)
    counted: list[tuple[str, str]] = field(default_factory=list)
    _queues: dict[UUID, Queues] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    _until: float = field(default_factory=lambda: time.monotonic() + DECIDING_SECONDS)

    def decide_all(self, todo: Sequence[InboundMessage]) -> int:
        """Go through these messages, each agency's in order of arrival; returns how many of them are done."""
        for index, message in enumerate(todo):
            if self.is_full:
                return index
            agency = message.envelope.agency_id
            if agency in self.spoiled:
                continue
            if self._handle_if_due(message):
                self._take_up(agency)
            else:
                queue = self._queues[agency][message.envelope.sender, message.record.topic]
                heappush(queue, (message.envelope.seq, index, message))
        return len(todo)

    @property
    def is_full(self) -> bool:
        """Whether this transaction decides no more."""
        return bool(self.decided) and (len(self.decided) >= self.most or time.monotonic() > self._until)

    def _take_up(self, agency: UUID) -> None:
        """Handle the first messages of the agency's streams while one of them is due."""
        moved = bool(queues := self._queues.get(agency))
        while moved and queues:
            moved = False
            for queue in queues.values():
                while queue and not self.is_full and agency not in self.spoiled and self._handle_if_due(queue[0][2]):
                    heappop(queue)
                    moved = True

    def _handle_if_due(self, message: InboundMessage) -> bool:
        """Decide or drop a message; False if it has to wait."""
        verdict = self._verdict(message)
        if verdict not in (Verdict.DELIVER, Verdict.DUPLICATE):
            return False
        self.moved.add(message.envelope.agency_id)
        if verdict is Verdict.DELIVER:
            self._decide(message)
        else:
            self.counted.append((message.envelope.type, "duplicate"))
            self._forget(message)
        return True

    def _verdict(self, message: InboundMessage) -> Verdict:
        if message.is_known_by_its_id and message.envelope.id in (*self.known, *self.work.without_number):
            return Verdict.DUPLICATE
        return self.work.cursors[message.envelope.agency_id].verdict(
            message.envelope, message.record.topic, self.topics
        )

    def _forget(self, message: InboundMessage) -> None:
        if message.deferred_id is not None:
            row = self.work.cursors[message.envelope.agency_id]
            self.work.forgotten.append(message.deferred_id)
            row.waiting, row.changed = row.waiting - 1, True

    def _decide(self, message: InboundMessage) -> None:
        row = self.work.cursors[message.envelope.agency_id]
        fault = self.faults.get(message.key) if self.faults else None
        if fault is not None:
            self._at_fault(message, fault)
            return
        self._forget(message)
        row.handle(message.envelope, message.record.topic)
        if message.is_known_by_its_id:
            self.work.without_number.append(message.envelope.id)
        if message.handler is None:
            self.counted.append((message.envelope.type, "ignored"))
            return
        self.decided.append(message)
        message.erase(row.erased)
        try:
            self.work.decide(message.cause, message.handle)
        except Exception as raised:  # noqa: BLE001  whatever a decision raises is its message's own fault
            self.raised[message.key] = f"decision: {where_raised(raised)}"
            self.spoiled.add(message.envelope.agency_id)
        else:
            self.counted.append((message.envelope.type, "decided"))
            if isinstance(message.data, Message) and (gone := message.data.erases) is not None:
                row.erase(gone)

    def _at_fault(self, message: InboundMessage, why: str) -> None:
        row, work = self.work.cursors[message.envelope.agency_id], self.work
        if message.is_command:
            row.handle(message.envelope, message.record.topic)
            work.decide(message.cause, lambda _, ctx: ctx.reject(InternalError()))
        if message.is_command or not message.envelope.seq:  # nobody sends a reply again, so nothing may wait for it
            self._forget(message)
            work.deferred.append(self._deferred(message, "rejected", why))
            return
        log.error("inbox.agency_parked", agency_id=str(row.agency_id), type=message.envelope.type, reason=why)
        row.parked_at, row.changed = work.now, True
        if row.agency_id not in self.resumed:
            work.publish_parked(message.cause, message.envelope.type)
        if message.deferred_id is None:
            work.deferred.append(self._deferred(message, "parked", why, waits=True))
        else:
            work.parked.append((message.deferred_id, why))

    def _deferred(self, message: InboundMessage, kind: str, reason: str, *, waits: bool = False) -> DeferredMessage:
        message.erase(self.work.cursors[message.envelope.agency_id].erased)
        envelope, place = message.envelope, (message.envelope.sender, message.envelope.seq) if waits else ()
        return DeferredMessage(
            None, envelope.agency_id, kind, reason, envelope.type, message.record, self.work.now, *place
        )

    def defer_rest(self) -> set[UUID]:
        """Store the messages that wait now; returns the agencies of which more may be due than was looked at."""
        unfinished = set()
        for agency, queues in self._queues.items():
            for _, _, message in (waiting for queue in queues.values() for waiting in sorted(queue)):
                verdict = self._verdict(message)
                # A message that became due when this transaction was full is decided in the next.
                kind = verdict if verdict in _WAITS_FOR else Verdict.AHEAD
                if kind is not verdict:
                    unfinished.add(agency)
                if message.deferred_id is None:
                    self.counted.append((message.envelope.type, kind.name.lower()))
                    self.work.deferred.append(self._deferred(message, kind.name.lower(), _WAITS_FOR[kind], waits=True))
        return unfinished

    def end_resumption(self, unfinished: set[UUID]) -> None:
        """Publish which agencies have caught up. One that has not stays parked until its next messages are decided."""
        resumed = self.work.definition.resumed
        for agency, since in self.resumed.items():
            row = self.work.cursors[agency]
            if agency in unfinished and row.parked_at is None:
                row.parked_at = since
            elif resumed is not None and row.parked_at is None:
                own_id = self.work.world.new_id()
                cause = Cause(agency, own_id, own_id, OPERATOR, "resumed")
                self.work.decide(cause, lambda _, ctx: ctx.publish(resumed()))

    def count(self) -> None:
        """Count what became of each message; to be called after the commit."""
        for (type_, verdict), count in Counter(self.counted).items():
            MESSAGES_HANDLED.labels(type_, verdict).inc(count)
        for kind, count in Counter(deferred.kind for deferred in self.work.deferred).items():
            MESSAGES_DEFERRED.labels(kind).inc(count)
        if self.work.parked:  # deferred messages that failed when they became due
            MESSAGES_DEFERRED.labels("parked").inc(len(self.work.parked))
