"""The envelope of a message: CloudEvents 1.0 in Kafka's binary mode, with the metadata in the record's headers."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import orjson
from pydantic_core import SchemaValidator, ValidationError, core_schema

from contracts.vocabulary import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Headers = list[tuple[str, bytes]]
_LARGEST = 2**63 - 1


class UnreadableEnvelopeError(ValueError):
    """The headers or the key are not those of a message of this bus. The record is quarantined.

    `agency_id` and `type` are those of a record that can be read, and is not believed.
    """

    agency_id: UUID | None = None
    type: str | None = None


class Envelope(NamedTuple):
    """Everything about a message except its data.

    `seq` is gap-free per (sender, topic, agency). `seen` is, by events topic, the number of the last event that the
    sender had handled for this agency. A receiver that has not handled that event yet defers the message.
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
    seen: Mapping[str, int] = {}
    traceparent: str | None = None

    def headers(self) -> Headers:
        """The Kafka headers."""
        return headers_of(self.json())

    def json(self) -> str:
        """The headers as a JSON object of strings, as the outbox stores them."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": self.id,
            "ce_type": self.type,
            "ce_source": f"/{self.sender}",
            "ce_time": self.time,
            "ce_subject": self.agency_id,
            "ce_sequence": str(self.seq),
            "ce_causationid": self.causation_id,
            "ce_correlationid": self.correlation_id,
            "ce_actor": str(self.actor),
            "ce_seen": orjson.dumps(self.seen).decode(),
            "content-type": "application/json",
        }
        if self.traceparent is not None:
            headers["traceparent"] = self.traceparent
        # orjson writes ids and times in a tenth of the time of `str`, except for ids that are a subclass of UUID.
        return orjson.dumps(headers, default=str).decode()

    @staticmethod
    def read(key: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
        """Read the key and headers of a Kafka record. No bytes raise anything but UnreadableEnvelopeError."""
        known = {name: value for name, value in headers if value is not None}
        try:
            agency_id = _agency_of(key or b"")
            subject, own, cause, command = (
                known["ce_subject"],
                known["ce_id"],
                known["ce_causationid"],
                known["ce_correlationid"],
            )
            if subject != key and _uuid(subject) != agency_id:
                raise UnreadableEnvelopeError("key and ce_subject name different agencies")  # noqa: TRY301  as the others
            # Ids repeat: a command names itself three times, and its direct effects name it twice. Parse each once.
            own_id = _uuid(own)
            causation_id = own_id if cause == own else _uuid(cause)
            traceparent = known.get("traceparent")
            time = datetime.fromisoformat(known["ce_time"].decode())
            if time.tzinfo is None:
                raise UnreadableEnvelopeError("ce_time has no time zone")  # noqa: TRY301  as the others
            return Envelope(
                own_id,
                _name(known["ce_type"]),
                _name(known["ce_source"].removeprefix(b"/")),
                time,
                agency_id,
                _number(int(known["ce_sequence"])),
                causation_id,
                causation_id if command == cause else _uuid(command),
                Actor.parse(known["ce_actor"].decode(), _read_uuid),
                _seen(known["ce_seen"]),
                traceparent.decode() if traceparent is not None else None,
            )
        except UnreadableEnvelopeError:
            raise
        except KeyError as missing:
            raise UnreadableEnvelopeError(f"header {missing} is missing") from missing
        except ValidationError as wrong:
            # Report the error's type only: its message quotes the input, which may hold bytes that Postgres rejects.
            raise UnreadableEnvelopeError(wrong.errors(include_url=False)[0]["type"]) from wrong
        except (ValueError, RecursionError) as wrong:
            raise UnreadableEnvelopeError(str(wrong)) from wrong


def headers_of(json: str) -> Headers:
    """The Kafka headers, from the JSON that the outbox stores."""
    return [(name, value.encode()) for name, value in orjson.loads(json).items()]


_read_uuid: Callable[[str], UUID] = SchemaValidator(core_schema.uuid_schema()).validate_python
"""Pydantic's parser takes a quarter of the standard library's time, and ids are most of an envelope."""


def _uuid(text: bytes) -> UUID:
    return _read_uuid(text.decode())


@lru_cache(maxsize=4096)
def _agency_of(key: bytes) -> UUID:
    # Cache agency ids only: they repeat with every message of the agency, and no other id does.
    return UUID(key.decode())


def _seen(text: bytes) -> dict[str, int]:
    seen = orjson.loads(text)
    if not isinstance(seen, dict):
        raise UnreadableEnvelopeError("ce_seen is no object")
    _topics(tuple(seen))
    for seq in seen.values():
        _number(seq)
    return seen


@lru_cache(maxsize=1024)
def _topics(names: tuple[str, ...]) -> None:
    for name in names:
        _printable(name)


@lru_cache(maxsize=1024)
def _name(text: bytes) -> str:
    return _printable(text.decode())


def _printable(text: str) -> str:
    # Postgres stores these as text and as JSON keys, and rejects NUL and half of a surrogate pair.
    if not text or not text.isprintable():
        raise UnreadableEnvelopeError("a type, source or topic is empty or not printable")
    return text


def _number(seq: object) -> int:
    # Python counts bool as int. The largest number is that of Postgres's bigint.
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _LARGEST:
        raise UnreadableEnvelopeError("a sequence number is not an integer from 0 to 2**63 - 1")
    return seq
