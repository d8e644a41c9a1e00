"""The operator's SQL about records that the broker refuses.

The operator helps the broker, or discards a record's content: its number is published, so that subscribers count it and
the agency goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.outbox import CHANNEL
from chassis.refused_records import WAKE
from contracts.discarded import discarded_type
from contracts.envelope import Envelope, headers_of
from database.postgres import Db

MOST_LISTED = 1000
"""Records of a listing: the operator mends the cause, which the first of them show."""


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that the broker refuses, as the operator sees it."""

    id: int
    agency_id: UUID
    replayed: bool
    reason: str
    refused_at: datetime
    topic: str
    type: str
    headers: str
    data: str


async def listing(db: Db, id: int | None = None) -> list[RefusedRecord]:  # noqa: A002  the outbox's
    """The oldest records that the broker refuses, at most `MOST_LISTED`, or the one of this id."""
    return [RefusedRecord(**dict(row)) for row in await db.fetch(_LISTING, id, MOST_LISTED)]


async def retry(db: Db) -> None:
    """Have the leading relay try every held agency now."""
    await db.execute("SELECT pg_notify($1 || current_schema, $2)", f"{CHANNEL}_", WAKE)


async def discard(db: Db, id: int) -> bool:  # noqa: A002  the outbox's
    """Empty a refused message for good, and have its number published; False if the broker does not refuse it."""
    row = next(iter(await listing(db, id)), None)
    if row is None:
        return False
    envelope = Envelope.read(str(row.agency_id).encode(), headers_of(row.headers))
    emptied = envelope._replace(type=discarded_type(row.topic))
    await db.execute(
        "UPDATE outbox SET type = $2, headers = $3, data = '{}' WHERE id = $1", id, emptied.type, emptied.json()
    )
    await retry(db)
    return True


_LISTING = """
SELECT r.id, r.agency_id, r.replayed, r.reason, r.refused_at, o.topic, o.type, o.headers, o.data
FROM refused_records r JOIN outbox o USING (id)
WHERE $1::bigint IS NULL OR r.id = $1 ORDER BY r.refused_at, r.id LIMIT $2
"""
