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
    def read(key: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Envelope:
        """From a Kafka record; UnreadableEnvelopeError names what is wrong."""
        found = dict(headers)
        try:
            agency_id = UUID((key or b"").decode())
            if UUID(found["ce_subject"].decode()) != agency_id:
                raise UnreadableEnvelopeError("key and ce_subject name different agencies")  # noqa: TRY301  said here
            traceparent = found.get("traceparent")
            seen = json.loads(found["ce_seen"])
            if not isinstance(seen, dict):
                raise UnreadableEnvelopeError("ce_seen is no object")  # noqa: TRY301  as above
            return Envelope(
                id=UUID(found["ce_id"].decode()),
                type=found["ce_type"].decode(),
                sender=found["ce_source"].decode().removeprefix("/"),
                time=datetime.fromisoformat(found["ce_time"].decode()),
                agency_id=agency_id,
                seq=int(found["ce_sequence"]),
                causation_id=UUID(found["ce_causationid"].decode()),
                correlation_id=UUID(found["ce_correlationid"].decode()),
                actor=Actor.parse(found["ce_actor"].decode()),
                seen={str(topic): int(seq) for topic, seq in seen.items()},
                traceparent=traceparent.decode() if traceparent is not None else None,
            )
        except UnreadableEnvelopeError:
            raise
        except KeyError as missing:
            raise UnreadableEnvelopeError(f"header {missing} is missing") from missing
        except (ValueError, TypeError, UnicodeDecodeError) as wrong:
            raise UnreadableEnvelopeError(str(wrong)) from wrong
