"""Replay: messages of the outbox are published again, in a lane of their own that new messages pass.

`replay` lists the messages; the leading relay publishes them, oldest first, at the rate that `set_rate` stored. Cursors
drop each message that their subscriber has handled, so that a replay may be paused, continued and repeated at will.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.outbox import CHANNEL
from contracts.gaps import MOST_NUMBERS
from database.postgres import Db

A_SECOND = 1000
"""The rate by default: subscribers drop so many messages beside their work."""
MOST_A_SECOND = 20_000
"""The highest rate, in messages a second; more than that one relay cannot publish."""


class Progress(NamedTuple):
    """How many messages a replay has still to publish, and its rate in messages a second (0 is a pause)."""

    left: int
    a_second: int


async def replay(db: Db, agencies: Sequence[UUID] | None = None, topics: Sequence[str] | None = None) -> int:
    """Have all messages published again, oldest first, or only these agencies' and topics'; returns how many.

    Replies are left out: nobody waits for them any more.
    """
    status = await db.execute(_REPLAY, agencies, topics)
    await _wake(db)
    return int(status.rpartition(" ")[2])


async def replay_ranges(db: Db, ranges: Sequence[tuple[UUID, str, int, int]]) -> int:
    """Have some agencies' messages published again, by topic, first and last number; returns how many there are.

    Of a range, at most `MOST_NUMBERS` numbers count.
    """
    if not ranges:
        return 0
    status = await db.execute(_REPLAY_RANGES, *map(list, zip(*ranges, strict=True)), MOST_NUMBERS)
    await _wake(db)
    return int(status.rpartition(" ")[2])


async def replay_after(db: Db, topics: Sequence[str], cursors: Sequence[tuple[UUID, str, int]]) -> int:
    """Have all of these topics published again that follows these numbers, by agency and topic; returns how many."""
    status = await db.execute(_REPLAY_AFTER, topics, *(map(list, zip(*cursors, strict=True)) if cursors else ([],) * 3))
    await _wake(db)
    return int(status.rpartition(" ")[2])


async def set_rate(db: Db, a_second: int) -> None:
    """Replay so many messages a second from now on; 0 pauses, and what is left stays listed."""
    await db.execute("UPDATE replay_rate SET a_second = $1", a_second)
    await _wake(db)


async def progress(db: Db) -> Progress:
    """How far the replay is."""
    row = await db.fetchrow(_PROGRESS)
    return Progress(0, 0) if row is None else Progress(row["left"], row["a_second"])


async def _wake(db: Db) -> None:
    await db.execute("SELECT pg_notify($1 || current_schema, 'replayed')", f"{CHANNEL}_")


_REPLAY = """
INSERT INTO unsent (replayed, id)
SELECT true, id FROM outbox
WHERE seq > 0 AND ($1::uuid[] IS NULL OR agency_id = ANY($1)) AND ($2::text[] IS NULL OR topic = ANY($2))
ON CONFLICT DO NOTHING
"""
_REPLAY_RANGES = """
INSERT INTO unsent (replayed, id)
SELECT true, o.id FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) AS n (agency_id, topic, first, last)
JOIN outbox o ON o.agency_id = n.agency_id AND o.topic = n.topic
             AND o.seq BETWEEN n.first AND n.last AND o.seq - n.first < $5
ON CONFLICT DO NOTHING
"""
_REPLAY_AFTER = """
INSERT INTO unsent (replayed, id)
SELECT true, o.id FROM outbox o
LEFT JOIN unnest($2::uuid[], $3::text[], $4::bigint[]) AS c (agency_id, topic, seq) USING (agency_id, topic)
WHERE o.seq > coalesce(c.seq, 0) AND o.topic = ANY($1)
ON CONFLICT DO NOTHING
"""
_PROGRESS = 'SELECT count(*) AS "left", (SELECT a_second FROM replay_rate) FROM unsent WHERE replayed'
