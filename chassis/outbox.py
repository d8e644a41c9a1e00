"""The outbox: messages are stored in the transaction that decided them, and `chassis/relay.py` publishes them in order.

Rows stay, so the outbox is also the log from which a lost bus is replayed (`hosting/replay.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from chassis import cursors as cursor_rows
from chassis.actor import OutboxMessage
from chassis.cursors import SAVE, Cursors
from contracts.envelope import Envelope
from contracts.erasing import erased
from contracts.message import Reply
from contracts.topics import MESSAGE_BYTES
from contracts.vocabulary import Service
from database.postgres import Db

CHANNEL = "outbox"
_BYTES_OF_A_CHARACTER = 4
"""At most, in UTF-8."""


def envelope(service: Service, outgoing: OutboxMessage, cursors: Cursors, *, numbered: bool = True) -> Envelope:
    """Number a message under its agency's lock. Its `seen` is how far the agency's actor has handled other events."""
    message = outgoing.message
    seq = 0 if isinstance(message, Reply) or not numbered else cursors.number(message.topic, f"{service}.events")
    return Envelope(
        id=outgoing.id,
        type=message.type,
        sender=service.value,
        time=outgoing.time,
        agency_id=outgoing.agency_id,
        seq=seq,
        causation_id=outgoing.causation_id,
        correlation_id=outgoing.correlation_id,
        actor=outgoing.actor,
        seen=cursors.seen,
        traceparent=outgoing.traceparent,
    )


class MessageTooLargeError(ValueError):
    """A decision publishes more than a topic takes: its command is rejected, or its agency parked."""


class Row(NamedTuple):
    """A message as the outbox stores it; 0 is the id of one that is not stored yet."""

    id: int
    agency_id: UUID
    topic: str
    type: str
    seq: int
    headers: str
    data: str


class Outbox:
    """The messages of one transaction: `add` numbers and encodes one, `write` stores all of them and the cursors.

    Not `numbered`: nothing waits for these messages, and they wait for nothing. `rows` have their ids after `write`.
    """

    def __init__(self, service: Service, *, numbered: bool = True) -> None:
        self._service = service
        self._numbered = numbered
        self.rows: list[Row] = []
        self._at: Any = None

    def add(self, outgoing: OutboxMessage, cursors: Cursors) -> None:
        """Number a message and keep it for `write`."""
        numbered = envelope(self._service, outgoing, cursors, numbered=self._numbered)
        message = erased(outgoing.message, cursors.erased)
        data = message.model_dump_json()
        if len(data) * _BYTES_OF_A_CHARACTER > MESSAGE_BYTES and (size := len(data.encode())) > MESSAGE_BYTES:
            raise MessageTooLargeError(f"{message.type} has {size} bytes, and at most {MESSAGE_BYTES} can be published")
        self.rows.append(Row(0, outgoing.agency_id, message.topic, message.type, numbered.seq, numbered.json(), data))
        self._at = outgoing.time

    def __bool__(self) -> bool:
        return bool(self.rows)

    async def write(self, db: Db, cursors: Iterable[Cursors], *, notify: bool) -> None:
        """Store the messages in order and the cursors. With `notify`, wake another process's relay through Postgres."""
        if not self.rows:
            await cursor_rows.save(db, cursors)
            return
        _, *messages = map(list, zip(*self.rows, strict=True))
        stored = await db.fetch(_STORE, *cursor_rows.changes(cursors), *messages, self._at)
        ids = sorted(record["id"] for record in stored)
        self.rows = [row._replace(id=id_) for row, id_ in zip(self.rows, ids, strict=True)]
        if notify:
            await db.execute("SELECT pg_notify($1, '')", f"{CHANNEL}_{self._service}")


_STORE = f"""
WITH saved AS ({SAVE}), stored AS (
    INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)
    SELECT agency_id, topic, type, seq, headers, data, $13
    FROM unnest($7::uuid[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[])
         WITH ORDINALITY AS n (agency_id, topic, type, seq, headers, data, place)
    ORDER BY place
    RETURNING id
)
INSERT INTO unsent (id) SELECT id FROM stored RETURNING id
"""  # noqa: S608  a constant statement
