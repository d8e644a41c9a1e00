"""Metrics of operations: how long their outcomes take, and how many are late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Gauge, Histogram

from database.postgres import Db

PATIENCE: Final = timedelta(seconds=5)
"""After which a request answers 202 instead of the outcome."""
_LOOKED_AT: Final = timedelta(minutes=1)
"""The operations that a scrape looks at: those of all times would be too many."""
SECONDS = Histogram(
    "headcount_operation_seconds",
    "From an operation's request to its outcome, by the command",
    ["kind"],
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
)
"""Observed before the outcome's transaction commits: a batch that is tried again counts its operations twice."""
LATE = Gauge("headcount_operations_late", "Operations of the last minute without an outcome after 5 seconds")


async def measure_operations(db: Db, now: datetime) -> None:
    """Count the late ones."""
    LATE.set(await db.fetchval(_LATE, now - _LOOKED_AT - PATIENCE, now - PATIENCE))


_LATE = (
    "SELECT count(*) FROM operations WHERE created_at BETWEEN $1 AND $2 AND state = 'running' AND NOT awaits_payment"
)
