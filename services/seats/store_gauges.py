"""The gauges of who waits for a seat, read from the ledgers at each scrape."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import Gauge

from database.postgres import Db

WAITING = Gauge("headcount_members_waiting", "Members in line for a seat that is being bought")
WAIT_AGE = Gauge("headcount_member_wait_seconds", "For how long the first of them has waited")
_MOST = 10_000
"""Agencies that are counted; beyond it, the age says how bad it is."""


async def measure_waits(db: Db, now: datetime) -> None:
    """Measure the lines of all agencies."""
    waiting, since = await db.fetchrow(_WAITS, _MOST) or (0, None)
    WAITING.set(waiting)
    WAIT_AGE.set(0.0 if since is None else max(0.0, (now - since).total_seconds()))


_WAITS = """
SELECT coalesce(sum(waiting), 0), min(waiting_since) FROM (
    SELECT waiting_base + waiting_voice AS waiting, waiting_since FROM ledgers
    WHERE waiting_since IS NOT NULL ORDER BY waiting_since LIMIT $1
) l
"""
