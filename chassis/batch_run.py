"""Dealing with a batch in memory: each message is decided, dropped, or deferred, and what waited is taken up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from chassis.cursors import Verdict
from chassis.deferred_messages import DeferredMessage
from chassis.inbound import InboundMessage, MessageKey
from chassis.telemetry import MESSAGES_DEFERRED, MESSAGES_HANDLED, where_raised
from chassis.unit_of_work import UnitOfWork
from contracts.rejections import InternalError

log = structlog.get_logger(__name__)

_WAITS_FOR = {
    Verdict.AHEAD: "its sender had read events that have not arrived here yet",
    Verdict.GAP: "an earlier number of its sender has not arrived",
    Verdict.PARKED: "its agency is parked",
}


@dataclass(slots=True)
class BatchRun:
    """One attempt at a batch. `faults` are known from earlier attempts; at most `most` messages are decided.

    `stash` is what waits, per agency; `raised` are the decisions that failed now: then all of it is rolled back.
    """

    work: UnitOfWork
    topics: frozenset[str]
    faults: dict[MessageKey, str]
    most: int
    stash: dict[UUID, list[InboundMessage]]
    decided: list[InboundMessage] = field(default_factory=list)
    raised: dict[MessageKey, str] = field(default_factory=dict)
    unfinished: set[UUID] = field(default_factory=set)
    spoiled: set[UUID] = field(default_factory=set)
    counted: list[tuple[str, str]] = field(default_factory=list)

    def deal_all(self, todo: list[InboundMessage], revisit: set[UUID]) -> int:
        """Deal with what waits for these agencies, then with the batch; answers how much of the batch is done."""
        for agency in revisit:
            self._take_up(agency)
        for index, one in enumerate(todo):
            if len(self.decided) >= self.most:
                return index
            self._deal(one)
        return len(todo)

    def _deal(self, one: InboundMessage) -> None:
        agency = one.envelope.agency_id
        if agency in self.spoiled:
            return
        match self._verdict(one):
            case Verdict.DELIVER:
                self._decide(one)
                if self.stash.get(agency):
                    self._take_up(agency)
            case Verdict.DUPLICATE:
                self.counted.append((one.envelope.type, "duplicate"))
                # A process that died between the halves of this batch has left what it had not taken up yet.
                if self.stash.get(agency):
                    self._take_up(agency)
            case (Verdict.AHEAD | Verdict.GAP | Verdict.PARKED) as verdict:
                if all(other.stream != one.stream for other in self.stash[agency]):
                    self.stash[agency].append(one)
                    self.counted.append((one.envelope.type, verdict.name.lower()))

    def _verdict(self, one: InboundMessage) -> Verdict:
        return self.work.cursors[one.envelope.agency_id].verdict(one.envelope, one.record.topic, self.topics)

    def _take_up(self, agency: UUID) -> None:
        """Decide what has become due among what waits, until nothing more has."""
        moved = True
        while moved and agency not in self.spoiled:
            moved = False
            for one in list(self.stash[agency]):
                verdict = self._verdict(one)
                if verdict is Verdict.DUPLICATE:
                    self._unstash(one)
                elif verdict is Verdict.DELIVER:
                    if len(self.decided) >= self.most:
                        self.unfinished.add(agency)
                        return
                    self._unstash(one)
                    self._decide(one)
                    moved = True

    def _unstash(self, one: InboundMessage) -> None:
        self.stash[one.envelope.agency_id].remove(one)
        if one.deferred_id is not None:
            self.work.forgotten.append(one.deferred_id)

    def _decide(self, one: InboundMessage) -> None:
        row = self.work.cursors[one.envelope.agency_id]
        fault = self.faults.get(one.key) if self.faults else None
        if fault is not None:
            self._at_fault(one, fault)
            return
        row.handle(one.envelope, one.record.topic)
        if one.handler is None:
            self.counted.append((one.envelope.type, "ignored"))
            return
        self.decided.append(one)
        try:
            self.work.decide(one.cause, one.handle)
        except Exception as raised:  # noqa: BLE001  whatever a decision raises is its message's own fault
            self.raised[one.key] = f"decision: {where_raised(raised)}"
            self.spoiled.add(one.envelope.agency_id)
        else:
            self.counted.append((one.envelope.type, "decided"))

    def _at_fault(self, one: InboundMessage, why: str) -> None:
        row = self.work.cursors[one.envelope.agency_id]
        if one.is_command:
            row.handle(one.envelope, one.record.topic)
            self.work.decide(one.cause, lambda _, ctx: ctx.reject(InternalError()))
            self.work.deferred.append(self._deferred(one, "rejected", why))
            return
        if not one.envelope.seq:  # an answer: nobody keeps it, so nothing of its agency's may wait for it
            self.work.deferred.append(self._deferred(one, "rejected", why))
            return
        log.error("inbox.agency_parked", agency_id=str(row.agency_id), type=one.envelope.type, reason=why)
        row.parked_at, row.changed = self.work.now, True
        one.fault = why
        if one.deferred_id is not None:  # it keeps its place among what waits
            self.work.forgotten.remove(one.deferred_id)
            self.work.parked.append((one.deferred_id, why))
        self.stash[row.agency_id].insert(0, one)

    def _deferred(self, one: InboundMessage, kind: str, reason: str) -> DeferredMessage:
        return DeferredMessage(None, one.envelope.agency_id, kind, reason, one.envelope.type, one.record, self.work.now)

    def leave_rest(self) -> None:
        """Set aside what still waits, and say so in the agencies' rows."""
        for agency, queue in self.stash.items():
            row = self.work.cursors[agency]
            for one in queue:
                if one.deferred_id is None:
                    verdict = self._verdict(one)
                    # One whose turn came when this transaction was full is taken up in the next.
                    kind = verdict if verdict in _WAITS_FOR else Verdict.AHEAD
                    self.work.deferred.append(self._deferred(one, kind.name.lower(), one.fault or _WAITS_FOR[kind]))
            if row.waiting != len(queue):
                row.waiting, row.changed = len(queue), True

    def count(self) -> None:
        """Count what became of each message, once it is committed; also of those that nobody could read."""
        for (type_, verdict), count in Counter(self.counted).items():
            MESSAGES_HANDLED.labels(type_, verdict).inc(count)
        for kind, count in Counter(deferred.kind for deferred in self.work.deferred).items():
            MESSAGES_DEFERRED.labels(kind).inc(count)
        if self.work.parked:  # one that waited for an earlier message, and failed when it was taken up
            MESSAGES_DEFERRED.labels("parked").inc(len(self.work.parked))
