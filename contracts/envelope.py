"""CloudEvents 1.0 in Kafka's binary mode: what travels in the headers around a message's JSON."""

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
    """The headers or the key are not those of a message of this bus."""


class Envelope(NamedTuple):
    """Everything about a message except its data.

    `seq` is gap-free per (sender, topic, agency). `seen` is how far the sender had read each service's events for this
    agency, by events topic: who has not read so far sets the message aside.
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
        """The headers as a JSON object of texts: how the outbox keeps them."""
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
        """From a Kafka record; UnreadableEnvelopeError names what is wrong, whatever bytes they are."""
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
            # A command is its own cause and names itself, what follows from it names it twice: each is parsed once.
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
            # Its kind: the message quotes the text, which may hold what Postgres takes for no text.
            raise UnreadableEnvelopeError(wrong.errors(include_url=False)[0]["type"]) from wrong
        except (ValueError, RecursionError) as wrong:
            raise UnreadableEnvelopeError(str(wrong)) from wrong


def headers_of(json: str) -> Headers:
    """The Kafka headers from how the outbox keeps them."""
    return [(name, value.encode()) for name, value in orjson.loads(json).items()]


_read_uuid: Callable[[str], UUID] = SchemaValidator(core_schema.uuid_schema()).validate_python
"""Pydantic's, in a quarter of the standard library's time: ids are most of what an envelope is."""


def _uuid(text: bytes) -> UUID:
    return _read_uuid(text.decode())


@lru_cache(maxsize=4096)
def _agency_of(key: bytes) -> UUID:
    # Agencies come back, with every message of theirs; no other id does.
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
    # These are kept as text and as keys of JSON in Postgres, which takes no NUL and no half of a surrogate pair.
    if not text or not text.isprintable():
        raise UnreadableEnvelopeError("a type, source or topic is empty or holds what cannot be printed")
    return text


def _number(seq: object) -> int:
    # bool is an int to Python; Postgres's bigint ends where this does.
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _LARGEST:
        raise UnreadableEnvelopeError("a sequence number is none")
    return seq
