"""A long history: outboxes of as many messages as years bring, so that a replay takes its time."""

from __future__ import annotations

import os

from contracts.vocabulary import Service
from tests.faults.fleet import Fleet

MESSAGES = int(os.environ.get("HEADCOUNT_TEST_REPLAY", "1000000"))
_PORTION = 20_000


async def lengthen(fleet: Fleet) -> None:
    """Repeat what members has published until its outbox has so many messages; subscribers drop each by its number."""
    async with fleet.db() as db:
        await db.execute("CREATE TEMP TABLE origin AS SELECT * FROM members.outbox WHERE seq > 0 LIMIT 5000")
        count, each = await db.fetchval("SELECT count(*) FROM members.outbox"), await db.fetchval(_COUNT)
        while count < MESSAGES:
            copies = max(1, min(_PORTION, MESSAGES - count) // each)
            await db.execute(_COPY, copies)
            count += copies * each


async def replayed(fleet: Fleet) -> None:
    """Wait until the last message of a replay is published."""
    left = " + ".join(f"(SELECT count(*) FROM {service}.unsent WHERE replayed)" for service in Service)
    await fleet.wait_for(f"SELECT {left} = 0", seconds=3600)


_COUNT = "SELECT count(*) FROM origin"
_COPY = """
INSERT INTO members.outbox (agency_id, topic, type, seq, headers, data, published_at)
SELECT agency_id, topic, type, seq, headers, data, published_at FROM origin, generate_series(1, $1::int)
"""
