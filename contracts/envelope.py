"""CloudEvents 1.0 in Kafka's binary mode: what travels in the headers around a message's JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.vocabulary import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Headers = list[tuple[str, bytes]]
_LARGEST = 2**63 - 1


class UnreadableEnvelopeError(ValueError):
    """The headers or the key are not those of a message of this bus."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about a message except its data.

    `seq` is gap-free per (sender, topic, agency). `seen` is how far the sender had read each service's facts for this
    agency, by facts topic: who has not read so far sets the message aside.
    """

    id: UUID
    type: str
    sender: str
    time: datetime
    agency_id: UUID
    seq: int
    causation_id: UUID
    correlation_id: UUID
    actor: Actor
    seen: Mapping[str, int] = field(default_factory=dict)
    traceparent: str | None = None

    def headers(self) -> Headers:
        """The Kafka headers."""
        said = {
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": f"/{self.sender}",
            "ce_time": self.time.isoformat(),
            "ce_subject": str(self.agency_id),
            "ce_sequence": str(self.seq),
            "ce_causationid": str(self.causation_id),
            "ce_correlationid": str(self.correlation_id),
            "ce_actor": str(self.actor),
            "ce_seen": json.dumps(self.seen, separators=(",", ":")),
            "content-type": "application/json",
        }
        if self.traceparent is not None:
            said["traceparent"] = self.traceparent
        return [(name, value.encode()) for name, value in said.items()]

    @staticmethod
    def read(key: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
        """From a Kafka record; UnreadableEnvelopeError names what is wrong, whatever bytes they are."""
        said = {name: value for name, value in headers if value is not None}
        try:
            agency_id = UUID((key or b"").decode())
            subject = UUID(said["ce_subject"].decode())
            traceparent = said.get("traceparent")
            read = Envelope(
                id=UUID(said["ce_id"].decode()),
                type=_name(said["ce_type"].decode()),
                sender=_name(said["ce_source"].decode().removeprefix("/")),
                time=datetime.fromisoformat(said["ce_time"].decode()),
                agency_id=agency_id,
                seq=_number(int(said["ce_sequence"])),
                causation_id=UUID(said["ce_causationid"].decode()),
                correlation_id=UUID(said["ce_correlationid"].decode()),
                actor=Actor.parse(said["ce_actor"].decode()),
                seen=_seen(said["ce_seen"]),
                traceparent=traceparent.decode() if traceparent is not None else None,
            )
        except KeyError as missing:
            raise UnreadableEnvelopeError(f"header {missing} is missing") from missing
        except (ValueError, RecursionError) as wrong:
            raise UnreadableEnvelopeError(str(wrong)) from wrong
        if subject != agency_id:
            raise UnreadableEnvelopeError("key and ce_subject name different agencies")
        if read.time.tzinfo is None:
            raise UnreadableEnvelopeError("ce_time has no time zone")
        return read


def _seen(text: bytes) -> dict[str, int]:
    seen = json.loads(text)
    if not isinstance(seen, dict):
        raise UnreadableEnvelopeError("ce_seen is no object")
    return {_name(topic): _number(seq) for topic, seq in seen.items()}


def _name(text: str) -> str:
    # These are kept as text and as keys of JSON in Postgres, which takes no NUL and no half of a surrogate pair.
    if not text or not text.isprintable():
        raise UnreadableEnvelopeError("a type, source or topic is empty or holds what cannot be printed")
    return text


def _number(seq: object) -> int:
    # bool is an int to Python; Postgres's bigint ends where this does.
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _LARGEST:
        raise UnreadableEnvelopeError("a sequence number is none")
    return seq
