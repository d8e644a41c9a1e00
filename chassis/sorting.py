"""Sort the messages of a poll: some need a decision now; of the others only the cursor moves, and that can wait.

A message that the service does not handle is kept in memory until its agency's next decision, or until `take_kept`. It
would cost a transaction of its own otherwise. Its offset is not acknowledged meanwhile, so a crash reads it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.actor import Definition
from chassis.clock import Clock
from chassis.cursors import Cursors
from chassis.deferred_messages import DeferredMessage
from chassis.inbound import InboundMessage, read_message
from contracts.envelope import UnreadableEnvelopeError
from transport.records import Record
from transport.trust import Trust

MOST_KEPT = 1000
"""Kept messages at which their cursors are moved at once."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """The records of a poll: messages to be decided, records without a readable envelope, events of another system."""

    messages: list[InboundMessage] = field(default_factory=list)
    unreadable: list[DeferredMessage] = field(default_factory=list)
    external: list[Record] = field(default_factory=list)


class Sorting:
    """Sorts the polls of one process."""

    def __init__(self, definition: Definition[Any], trust: Trust, clock: Clock) -> None:
        self._definition, self._trust, self._clock = definition, trust, clock
        self._kept: defaultdict[UUID, list[InboundMessage]] = defaultdict(list)
        self._count = 0
        self._waiting: set[UUID] = set()
        """Agencies of which messages wait: perhaps for one that is not handled."""

    def sort(self, records: Sequence[Record]) -> Sorted:
        """Sort the records of a poll. The order of an agency's messages stays, and what was kept of it comes first."""
        result = Sorted()
        readable = []
        for record in records:
            if self._definition.external is not None and record.topic == self._definition.external.topic:
                result.external.append(record)
                continue
            try:
                readable.append(read_message(self._definition.handlers, self._trust.read(record), record))
            except UnreadableEnvelopeError as wrong:
                why = str(wrong)[:200]
                result.unreadable.append(
                    DeferredMessage(None, wrong.agency_id, "quarantined", why, wrong.type, record, self._clock())
                )
        deciding = {
            message.envelope.agency_id
            for message in readable
            if message.handler is not None or message.envelope.agency_id in self._waiting
        }
        for agency in deciding:
            kept = self._kept.pop(agency, [])
            result.messages.extend(kept)
            self._count -= len(kept)
        for message in readable:
            if message.envelope.agency_id in deciding:
                result.messages.append(message)
            else:
                self._kept[message.envelope.agency_id].append(message)
                self._count += 1
        return result

    def take_kept(self) -> list[InboundMessage]:
        """All kept messages. Nothing is kept after it."""
        kept, self._kept, self._count = self._kept, defaultdict(list), 0
        return [message for messages in kept.values() for message in messages]

    @property
    def keeps_many(self) -> bool:
        """Whether so many messages are kept that their cursors are to be moved now."""
        return self._count > MOST_KEPT

    def note_waiting(self, agencies: Iterable[Cursors]) -> None:
        """Note of which of these agencies messages wait."""
        for row in agencies:
            (self._waiting.add if row.waiting else self._waiting.discard)(row.agency_id)
