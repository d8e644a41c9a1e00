"""One attempt at a batch, in memory: each message is decided, dropped or deferred, and due deferred ones decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from chassis.cursors import Verdict
from chassis.deferred_messages import DeferredMessage
from chassis.inbound import InboundMessage, MessageKey
from chassis.telemetry import MESSAGES_DEFERRED, MESSAGES_HANDLED, where_raised
from chassis.unit_of_work import Cause, UnitOfWork
from contracts.rejections import InternalError
from contracts.vocabulary import OPERATOR

log = structlog.get_logger(__name__)

_WAITS_FOR = {
    Verdict.AHEAD: "its sender had handled events that have not arrived here yet",
    Verdict.GAP: "an earlier number of its sender has not arrived",
    Verdict.PARKED: "its agency is parked",
}


@dataclass(slots=True)
class BatchRun:
    """One attempt at a batch. `faults` are known from earlier attempts; at most `most` messages are decided.

    `stash` holds each agency's deferred messages, `resumed` the agencies that were parked until now. If a decision
    raised, the inbox rolls the whole attempt back.
    """

    work: UnitOfWork
    topics: frozenset[str]
    faults: dict[MessageKey, str]
    most: int
    stash: dict[UUID, list[InboundMessage]]
    resumed: set[UUID] = field(default_factory=set)
    decided: list[InboundMessage] = field(default_factory=list)
    raised: dict[MessageKey, str] = field(default_factory=dict)
    unfinished: set[UUID] = field(default_factory=set)
    spoiled: set[UUID] = field(default_factory=set)
    counted: list[tuple[str, str]] = field(default_factory=list)

    def decide_all(self, todo: Sequence[InboundMessage], revisit: set[UUID]) -> int:
        """Decide the due messages of `revisit`, then go through the batch; returns how much of it is done."""
        for agency in revisit:
            self._take_up(agency)
        for index, message in enumerate(todo):
            if len(self.decided) >= self.most:
                return index
            self._sort_out(message)
        return len(todo)

    def publish_resumed(self) -> None:
        """Publish which agencies have caught up. One that was parked again was published as parked before."""
        decision = self.work.definition.resumed
        for agency in self.resumed:
            if decision is not None and self.work.cursors[agency].parked_at is None:
                own_id = self.work.world.new_id()
                cause = Cause(agency, own_id, own_id, OPERATOR, "resumed")
                self.work.decide(cause, lambda _, ctx: decision(ctx))

    def _sort_out(self, message: InboundMessage) -> None:
        agency = message.envelope.agency_id
        if agency in self.spoiled:
            return
        match self._verdict(message):
            case Verdict.DELIVER:
                self._decide(message)
                if self.stash.get(agency):
                    self._take_up(agency)
            case Verdict.DUPLICATE:
                self.counted.append((message.envelope.type, "duplicate"))
                # A process that died between the parts of this batch may have left messages that are due.
                if self.stash.get(agency):
                    self._take_up(agency)
            case (Verdict.AHEAD | Verdict.GAP | Verdict.PARKED) as verdict:
                if all(other.stream != message.stream for other in self.stash[agency]):
                    self.stash[agency].append(message)
                    self.counted.append((message.envelope.type, verdict.name.lower()))

    def _verdict(self, message: InboundMessage) -> Verdict:
        return self.work.cursors[message.envelope.agency_id].verdict(
            message.envelope, message.record.topic, self.topics
        )

    def _take_up(self, agency: UUID) -> None:
        """Decide deferred messages that have become due, until no more have."""
        moved = True
        while moved and agency not in self.spoiled:
            moved = False
            for message in list(self.stash[agency]):
                verdict = self._verdict(message)
                if verdict is Verdict.DUPLICATE:
                    self._unstash(message)
                elif verdict is Verdict.DELIVER:
                    if len(self.decided) >= self.most:
                        self.unfinished.add(agency)
                        return
                    self._unstash(message)
                    self._decide(message)
                    moved = True

    def _unstash(self, message: InboundMessage) -> None:
        self.stash[message.envelope.agency_id].remove(message)
        if message.deferred_id is not None:
            self.work.forgotten.append(message.deferred_id)

    def _decide(self, message: InboundMessage) -> None:
        row = self.work.cursors[message.envelope.agency_id]
        fault = self.faults.get(message.key) if self.faults else None
        if fault is not None:
            self._at_fault(message, fault)
            return
        row.handle(message.envelope, message.record.topic)
        if message.handler is None:
            self.counted.append((message.envelope.type, "ignored"))
            return
        self.decided.append(message)
        try:
            self.work.decide(message.cause, message.handle)
        except Exception as raised:  # noqa: BLE001  whatever a decision raises is its message's own fault
            self.raised[message.key] = f"decision: {where_raised(raised)}"
            self.spoiled.add(message.envelope.agency_id)
        else:
            self.counted.append((message.envelope.type, "decided"))

    def _at_fault(self, message: InboundMessage, why: str) -> None:
        row = self.work.cursors[message.envelope.agency_id]
        if message.is_command:
            row.handle(message.envelope, message.record.topic)
            self.work.decide(message.cause, lambda _, ctx: ctx.reject(InternalError()))
            self.work.deferred.append(self._deferred(message, "rejected", why))
            return
        if not message.envelope.seq:  # a reply: nobody sends it again, so nothing may wait for it
            self.work.deferred.append(self._deferred(message, "rejected", why))
            return
        log.error("inbox.agency_parked", agency_id=str(row.agency_id), type=message.envelope.type, reason=why)
        row.parked_at, row.changed = self.work.now, True
        self._publish_parked(message)
        message.fault = why
        if message.deferred_id is not None:  # it keeps its place among the deferred messages
            self.work.forgotten.remove(message.deferred_id)
            self.work.parked.append((message.deferred_id, why))
        self.stash[row.agency_id].insert(0, message)

    def _publish_parked(self, message: InboundMessage) -> None:
        decision, failed = self.work.definition.parked, message.envelope.type
        if decision is not None and message.envelope.agency_id not in self.resumed:
            self.work.decide(message.cause, lambda state, ctx: decision(state, failed, ctx))

    def _deferred(self, message: InboundMessage, kind: str, reason: str) -> DeferredMessage:
        return DeferredMessage(
            None, message.envelope.agency_id, kind, reason, message.envelope.type, message.record, self.work.now
        )

    def defer_rest(self) -> None:
        """Store the messages that still wait, and their number in the agencies' rows."""
        for agency, queue in self.stash.items():
            row = self.work.cursors[agency]
            for message in queue:
                if message.deferred_id is None:
                    verdict = self._verdict(message)
                    # A message that became due when this transaction was full is decided in the next.
                    kind = verdict if verdict in _WAITS_FOR else Verdict.AHEAD
                    self.work.deferred.append(
                        self._deferred(message, kind.name.lower(), message.fault or _WAITS_FOR[kind])
                    )
            if row.waiting != len(queue):
                row.waiting, row.changed = len(queue), True

    def count(self) -> None:
        """Count what became of each message; to be called after the commit."""
        for (type_, verdict), count in Counter(self.counted).items():
            MESSAGES_HANDLED.labels(type_, verdict).inc(count)
        for kind, count in Counter(deferred.kind for deferred in self.work.deferred).items():
            MESSAGES_DEFERRED.labels(kind).inc(count)
        if self.work.parked:  # deferred messages that failed when they became due
            MESSAGES_DEFERRED.labels("parked").inc(len(self.work.parked))
