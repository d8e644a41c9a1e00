"""The operator's SQL about the state of a service: what its gauges count, and what only the operator sees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from database.postgres import Db
from hosting.gauges import KINDS, MOST, WAITING


async def state(db: Db) -> dict[str, Any]:
    """What waits in a service's tables, and for how many seconds; counts end where those of the gauges do."""
    row = await db.fetchrow(_STATE, MOST)
    now: datetime = row["now"].astimezone(UTC) if row is not None else datetime.now(UTC)
    kinds = row["kinds"] if row is not None else []
    waiting = {(part["what"], part["kind"]): part for part in await db.fetch(WAITING, MOST, now, list(KINDS), kinds)}

    def seconds(*places: tuple[str, str]) -> int | None:
        since = [at for place in places if (at := waiting[place]["since"]) is not None]
        return int((now - min(since)).total_seconds()) if since else None

    def count(what: str, *of: str) -> int:
        return sum(waiting[what, kind]["count"] for kind in of or ("",))

    return {
        **(dict(row) if row is not None else {}),
        "outbox": count("unsent"),
        "outbox_seconds": seconds(("unsent", "")),
        "deferred": count("deferred", "ahead", "gap"),
        "parked": count("parked"),
        "to_look_at": count("deferred", "rejected", "quarantined"),
        "gaps": count("gaps"),
        "tasks": count("tasks", *kinds) if kinds else 0,
        "failing_seconds": seconds(*(("failing", kind) for kind in kinds)),
    }


_STATE = """
SELECT clock_timestamp() AS now,
       ARRAY(SELECT DISTINCT kind FROM tasks ORDER BY kind) AS kinds,
       (SELECT max(name) FROM migrations WHERE name LIKE 'service/%') AS schema,
       (SELECT count(*) > 0 FROM leases WHERE work = 'relay' AND until > clock_timestamp()) AS relayed,
       (SELECT count(*) FROM (SELECT FROM refused_records LIMIT $1) r) AS refused,
       (SELECT last_reason FROM tasks WHERE last_reason IS NOT NULL ORDER BY recorded_at LIMIT 1) AS last_error
"""
