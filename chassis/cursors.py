"""Sequence numbers and cursors: what is a duplicate, what is early, what may be decided now.

Every order and fact carries a number that is gap-free per (sender, topic, agency), given under the agency's lock, and
how far its sender had read each service's facts (`seen`). Who hears it keeps one cursor per (sender, topic, agency): a
lower number is a duplicate, a higher one a gap, and a message whose sender had read further than we have waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import lru_cache
from typing import Any
from uuid import UUID

from chassis.postgres import Db
from contracts.envelope import Envelope


class Verdict(Enum):
    """What is to become of a message that arrived."""

    DELIVER = auto()
    DUPLICATE = auto()
    GAP = auto()
    AHEAD = auto()
    PARKED = auto()


@dataclass(slots=True)
class Cursors:
    """An agency's row in `actors`, locked."""

    agency_id: UUID
    heard: dict[str, int]
    seen: dict[str, int]
    said: dict[str, int]
    parked_at: datetime | None
    waiting: int
    changed: bool = False

    def verdict(self, envelope: Envelope, topic: str, subscribed: Collection[str]) -> Verdict:
        """Whether a message may be decided now. Numbers count from 1; an answer (0) has none and is never early."""
        if envelope.seq:
            read = self.heard.get(f"{envelope.sender}/{topic}", 0)
            if envelope.seq <= read:
                return Verdict.DUPLICATE
            if self.parked_at is not None:
                return Verdict.PARKED
            if envelope.seq > read + 1:
                return Verdict.GAP
        for facts, seq in envelope.seen.items():
            if facts != topic and facts in subscribed and self.heard.get(_stream_of(facts), 0) < seq:
                return Verdict.AHEAD
        return Verdict.DELIVER

    def hear(self, envelope: Envelope, topic: str) -> None:
        """Move the cursor past a message and learn what its sender had seen."""
        self.changed = True
        seen = self.seen
        if envelope.seq:
            self.heard[f"{envelope.sender}/{topic}"] = envelope.seq
            if topic.endswith(".facts") and seen.get(topic, 0) < envelope.seq:
                seen[topic] = envelope.seq
        for facts, seq in envelope.seen.items():
            if seen.get(facts, 0) < seq:
                seen[facts] = seq

    def number(self, topic: str, own_facts: str) -> int:
        """The next number of a message to this topic; a fact of our own is at once part of what we have seen."""
        self.changed = True
        seq = self.said.get(topic, 0) + 1
        self.said[topic] = seq
        if topic == own_facts:
            self.seen[topic] = seq
        return seq


@lru_cache(maxsize=64)
def _stream_of(facts: str) -> str:
    """What `heard` calls the stream of an owner's facts."""
    return f"{facts.removesuffix('.facts')}/{facts}"


async def lock(db: Db, agencies: Iterable[UUID]) -> dict[UUID, Cursors]:
    """Lock the agencies' rows in id order, so that two batches never wait for each other in a circle.

    The first message makes the row.
    """
    wanted = sorted(agencies)
    rows = {row["agency_id"]: row for row in await db.fetch(_LOCK, wanted)}
    if missing := [agency for agency in wanted if agency not in rows]:
        await db.execute(_MAKE, missing)
        rows |= {row["agency_id"]: row for row in await db.fetch(_LOCK, missing)}
    return {agency: _cursors(rows[agency]) for agency in wanted}


async def save(db: Db, cursors: Iterable[Cursors]) -> None:
    """Write the rows that changed, in one statement."""
    changed = [row for row in cursors if row.changed]
    if changed:
        await db.execute(
            _SAVE,
            [row.agency_id for row in changed],
            [row.heard for row in changed],
            [row.seen for row in changed],
            [row.said for row in changed],
            [row.parked_at for row in changed],
            [row.waiting for row in changed],
        )


def _cursors(row: Any) -> Cursors:  # noqa: ANN401  asyncpg's record
    return Cursors(row["agency_id"], row["heard"], row["seen"], row["said"], row["parked_at"], row["waiting"])


_LOCK = """
SELECT agency_id, heard, seen, said, parked_at, waiting
FROM actors WHERE agency_id = ANY($1) ORDER BY agency_id FOR UPDATE
"""
_MAKE = "INSERT INTO actors (agency_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
_SAVE = """
UPDATE actors a
SET heard = n.heard, seen = n.seen, said = n.said, parked_at = n.parked_at, waiting = n.waiting
FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[], $4::jsonb[], $5::timestamptz[], $6::integer[])
     AS n (agency_id, heard, seen, said, parked_at, waiting)
WHERE a.agency_id = n.agency_id
"""
