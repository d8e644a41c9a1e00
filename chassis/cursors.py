"""Sequence numbers and cursors: what is a duplicate, what is early, what may be decided now.

Every command and event carries a number that is gap-free per (sender, topic, agency), assigned under the agency's lock.
It also carries how far its sender had handled each service's events (`seen`). A subscriber keeps one cursor per
(sender, topic, agency): a lower number is a duplicate, a number that skips one is a gap, and a message is held back if
its sender had handled events that the subscriber has not handled yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import lru_cache
from typing import Any
from uuid import UUID

from contracts.envelope import Envelope
from database.postgres import Db

MOST_ERASED = 1000
"""The erased people of an agency who are remembered: messages about earlier ones have left everything long ago."""


class Verdict(Enum):
    """The verdict on a message that arrived."""

    DELIVER = auto()
    DUPLICATE = auto()
    GAP = auto()
    AHEAD = auto()
    PARKED = auto()


@dataclass(slots=True)
class Cursors:
    """An agency's row in `actors`, locked."""

    agency_id: UUID
    handled: dict[str, int]
    seen: dict[str, int]
    published: dict[str, int]
    parked_at: datetime | None
    waiting: int
    changed: bool = False
    erased: tuple[UUID, ...] = ()
    erased_changed: bool = False

    def erase(self, person_id: UUID) -> None:
        """Note that a person is erased: messages that name them are read and published without name and address."""
        if person_id not in self.erased:
            self.erased, self.erased_changed = (*self.erased, person_id)[-MOST_ERASED:], True

    def verdict(self, envelope: Envelope, topic: str, subscribed: Collection[str]) -> Verdict:
        """Whether a message may be decided now. Numbers count from 1; a reply (0) has none and leaves no gap."""
        if envelope.seq:
            read = self.handled.get(f"{envelope.sender}/{topic}", 0)
            if envelope.seq <= read:
                return Verdict.DUPLICATE
            if self.parked_at is not None:
                return Verdict.PARKED
            if envelope.seq > read + 1:
                return Verdict.GAP
        for events, seq in envelope.seen.items():
            if events != topic and events in subscribed and self.handled.get(_stream_of(events), 0) < seq:
                return Verdict.AHEAD
        return Verdict.DELIVER

    def handle(self, envelope: Envelope, topic: str) -> None:
        """Move the cursor past a message, and note how far its sender had handled events."""
        self.changed = True
        seen = self.seen
        if envelope.seq:
            self.handled[f"{envelope.sender}/{topic}"] = envelope.seq
            if topic.endswith(".events") and seen.get(topic, 0) < envelope.seq:
                seen[topic] = envelope.seq
        for events, seq in envelope.seen.items():
            if seen.get(events, 0) < seq:
                seen[events] = seq

    def number(self, topic: str, own_events: str) -> int:
        """The next number of a message to this topic. The service has seen an event of its own at once."""
        self.changed = True
        seq = self.published.get(topic, 0) + 1
        self.published[topic] = seq
        if topic == own_events:
            self.seen[topic] = seq
        return seq


@lru_cache(maxsize=64)
def _stream_of(events: str) -> str:
    """The key in `handled` of the stream of an owner's events."""
    return f"{events.removesuffix('.events')}/{events}"


async def lock(db: Db, agencies: Iterable[UUID]) -> dict[UUID, Cursors]:
    """Lock the agencies' rows in id order, so that two batches never wait for each other in a circle.

    The first message makes the row.
    """
    inputs = sorted(agencies)
    rows = {row["agency_id"]: row for row in await db.fetch(_LOCK, inputs)}
    if missing := [agency for agency in inputs if agency not in rows]:
        await db.execute(_MAKE, missing)
        rows |= {row["agency_id"]: row for row in await db.fetch(_LOCK, missing)}
    return {agency: _cursors(rows[agency]) for agency in inputs}


async def save(db: Db, cursors: Iterable[Cursors]) -> None:
    """Write the rows that changed, in one statement."""
    changed = changes(cursors)
    if changed[0]:
        await db.execute(SAVE, *changed)


async def save_erased(db: Db, cursors: Iterable[Cursors]) -> None:
    """Write which people were erased."""
    for row in (row for row in cursors if row.erased_changed):
        await db.execute("UPDATE actors SET erased = $2 WHERE agency_id = $1", row.agency_id, list(row.erased))


def changes(cursors: Iterable[Cursors]) -> tuple[list[Any], ...]:
    """The parameters of `SAVE`: a list for each column of the rows that changed."""
    changed = [row for row in cursors if row.changed]
    return (
        [row.agency_id for row in changed],
        [row.handled for row in changed],
        [row.seen for row in changed],
        [row.published for row in changed],
        [row.parked_at for row in changed],
        [row.waiting for row in changed],
    )


async def known_ids(db: Db, ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids of events without a number that were handled."""
    if not ids:
        return set()
    rows = await db.fetch(_KNOWN_IDS, _OWN, [*map(str, ids)])
    return {UUID(row["event_id"]) for row in rows}


async def keep_ids(db: Db, ids: Collection[UUID], now: datetime) -> None:
    """Have events without a number handled once."""
    if ids:
        await db.execute(_KEEP_IDS, _OWN, [*map(str, ids)], now)


def together(cursors: Mapping[UUID, Cursors], most: int) -> dict[UUID, Cursors]:
    """The agencies whose waiting messages are taken up together: the first, and others while so few wait in all."""
    chosen: dict[UUID, Cursors] = {}
    count = 0
    for agency, row in cursors.items():
        if not chosen or count + row.waiting <= most:
            chosen[agency] = row
            count += row.waiting
    return chosen


def resume(cursors: Mapping[UUID, Cursors]) -> dict[UUID, datetime]:
    """Have parked agencies go on; returns since when they were parked."""
    resumed = {agency: row.parked_at for agency, row in cursors.items() if row.parked_at is not None}
    for agency in resumed:
        cursors[agency].parked_at, cursors[agency].changed = None, True
    return resumed


def _cursors(row: Any) -> Cursors:  # noqa: ANN401  asyncpg's record
    agency_id, handled, seen, published, parked_at, waiting, erased = row
    return Cursors(agency_id, handled, seen, published, parked_at, waiting, erased=tuple(erased))


_OWN = ""
"""In the place of another system's topic, where the ids of its events are kept."""
_KNOWN_IDS = "SELECT event_id FROM external_events WHERE topic = $1 AND event_id = ANY($2)"
_KEEP_IDS = "INSERT INTO external_events (topic, event_id, handled_at) SELECT $1, unnest($2::text[]), $3"
_LOCK = """
SELECT agency_id, handled, seen, published, parked_at, waiting, erased
FROM actors WHERE agency_id = ANY($1) ORDER BY agency_id FOR UPDATE
"""
_MAKE = "INSERT INTO actors (agency_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
SAVE = """
UPDATE actors a
SET handled = n.handled, seen = n.seen, published = n.published, parked_at = n.parked_at, waiting = n.waiting
FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[], $4::jsonb[], $5::timestamptz[], $6::integer[])
     AS n (agency_id, handled, seen, published, parked_at, waiting)
WHERE a.agency_id = n.agency_id
"""
