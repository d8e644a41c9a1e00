"""A bus in memory for tests of one process: it keeps published records in order, and consumers poll them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

from contracts.envelope import Envelope
from contracts.message import Message, Reply, message_class
from contracts.vocabulary import ANYONE, Actor
from tests.support.clock import START
from transport.records import Outgoing, StoredRecord


class MemoryBus:
    """Topics as lists. Each consumer has its own position."""

    def __init__(self) -> None:
        self.log: dict[str, list[StoredRecord]] = defaultdict(list)
        self._read: dict[tuple[str, str], int] = defaultdict(int)
        self._deleted: dict[str, int] = defaultdict(int)
        self.subscribers: dict[str, set[str]] = defaultdict(set)
        """By topic, the services that read it: a record is deleted once all of them have."""
        self.deletes = True
        """Whether records can be deleted."""
        self.down = False
        self.held: set[str] = set()
        """Services whose consumer gets nothing."""
        self.backwards: set[str] = set()
        """Services that read commands before events, as early as Kafka could ever deliver them."""
        self.rewinds: Random | None = None
        """Draws how far a consumer goes back before it reads on, as if its last offsets had not been committed."""
        self.refused: bytes | None = None
        """The type of message that the broker refuses."""

    async def publish(self, records: Sequence[Outgoing]) -> Sequence[bool | str]:
        """Acknowledge all that is not refused, or none while the bus is down."""
        if self.down:
            return [False] * len(records)
        refused = [self.refused is not None and ("ce_type", self.refused) in record.headers for record in records]
        for record in (record for record, no in zip(records, refused, strict=True) if not no):
            offset = self._deleted[record.topic] + len(self.log[record.topic])
            self.log[record.topic].append(
                StoredRecord(record.topic, 0, offset, record.key, record.value, tuple(record.headers))
            )
        return ["MessageSizeTooLargeError" if no else True for no in refused]

    async def ends(self, topics: Collection[str], partition: int) -> dict[str, int]:  # noqa: ARG002  it has one partition
        """Return where each topic ends now."""
        return {topic: self._deleted[topic] + len(self.log[topic]) for topic in topics}

    async def delete_read(self, ends: Mapping[str, int], partition: int) -> dict[str, int]:  # noqa: ARG002  as above
        """Delete the records before these ends that every subscriber has polled; return the ends not reached yet."""
        if not self.deletes:
            raise ConnectionError("the broker is away")
        left = {}
        for topic, end in ends.items():
            read = [self._read[service, topic] for service in self.subscribers[topic]]
            count = min([end - self._deleted[topic], *read])
            if count > 0:
                del self.log[topic][:count]
                self._deleted[topic] += count
                for consumer in [name for name, of in self._read if of == topic]:
                    self._read[consumer, topic] -= count
            if self._deleted[topic] < end:
                left[topic] = end
        return left

    def poll(self, consumer: str, topics: Sequence[str], most: int = 500) -> list[StoredRecord]:
        """Return the next records of these topics for this consumer, at most `most`, and advance its position."""
        if consumer in self.held or self.down:
            return []
        batch: list[StoredRecord] = []
        for topic in (
            sorted(topics, key=lambda name: name.endswith(".events")) if consumer in self.backwards else topics
        ):
            start = self._read[consumer, topic]
            new = self.log[topic][start : start + most - len(batch)]
            self._read[consumer, topic] += len(new)
            if self.rewinds is not None and new:
                batch += self.log[topic][max(0, start - self.rewinds.choice((0, 1, 5, 50))) : start]
            batch += new
        return batch


@dataclass(frozen=True)
class PublishedMessage:
    """A published message with its envelope."""

    envelope: Envelope
    data: Any

    @property
    def type(self) -> str:
        return self.envelope.type


def read_record(record: StoredRecord) -> PublishedMessage:
    """Read a record as its subscribers do."""
    envelope = Envelope.read(record.key, record.headers)
    model = message_class(envelope.type)
    assert model is not None, envelope.type
    return PublishedMessage(envelope, model.model_validate_json(record.value or b""))


def outgoing(record: StoredRecord) -> Outgoing:
    """Return a record in the form that a producer publishes."""
    headers = [(name, value or b"") for name, value in record.headers]
    return Outgoing(record.topic, record.key or b"", record.value or b"", headers)


class Sender:
    """Makes the records of messages as any sender would, numbered without a gap."""

    def __init__(self) -> None:
        self._last_numbers: dict[tuple[str, str, UUID], int] = defaultdict(int)

    def record(
        self,
        message: Message,
        agency_id: UUID,
        *,
        sender: str | None = None,
        actor: Actor = ANYONE,
        correlation_id: UUID | None = None,
        id: UUID | None = None,
        seen: dict[str, int] | None = None,
        seq: int | None = None,
        at: datetime = START,
    ) -> StoredRecord:
        """Return the record of a message. By default the first service that may send it does."""
        sender = sender or min(message.senders)
        stream = (sender, message.topic, agency_id)
        if seq is None:
            self._last_numbers[stream] += 0 if isinstance(message, Reply) else 1
            seq = self._last_numbers[stream]
        message_id = id or uuid4()
        envelope = Envelope(
            id=message_id,
            type=message.type,
            sender=sender,
            time=at,
            agency_id=agency_id,
            seq=seq,
            causation_id=message_id,
            correlation_id=correlation_id or message_id,
            actor=actor,
            seen=seen or {},
        )
        key, value = str(agency_id).encode(), message.model_dump_json().encode()
        return StoredRecord(message.topic, 0, seq, key, value, tuple(envelope.headers()))
