"""The operator's SQL about the state of a service."""

from __future__ import annotations

from typing import Any

from database.postgres import Db


async def state(db: Db) -> dict[str, Any]:
    """What waits in a service's tables, and since when; counts end at 10,000."""
    row = await db.fetchrow(_STATE)
    return {} if row is None else dict(row)


_STATE = """
SELECT (SELECT max(name) FROM migrations WHERE name LIKE 'service/%') AS schema,
       (SELECT count(*) > 0 FROM leases WHERE work = 'relay' AND until > clock_timestamp()) AS relayed,
       (SELECT count(*) FROM (SELECT FROM unsent WHERE NOT replayed LIMIT 10000) u) AS outbox,
       (SELECT extract(epoch FROM clock_timestamp() - published_at)::bigint FROM outbox
        WHERE id = (SELECT min(id) FROM unsent WHERE NOT replayed)) AS outbox_seconds,
       (SELECT count(*) FROM (
           SELECT FROM deferred_messages WHERE kind IN ('ahead', 'gap') LIMIT 10000) d) AS deferred,
       (SELECT count(*) FROM (SELECT FROM actors WHERE parked_at IS NOT NULL LIMIT 10000) a) AS parked,
       (SELECT count(*) FROM (
           SELECT FROM deferred_messages WHERE kind IN ('rejected', 'quarantined') LIMIT 10000) d) AS to_look_at,
       (SELECT count(*) FROM (SELECT FROM refused_records LIMIT 10000) r) AS refused,
       (SELECT count(*) FROM (SELECT FROM gaps LIMIT 10000) g) AS gaps,
       (SELECT count(*) FROM (SELECT FROM tasks LIMIT 10000) t) AS tasks,
       (SELECT extract(epoch FROM clock_timestamp() - min(recorded_at))::bigint FROM (
           SELECT recorded_at FROM tasks WHERE last_reason IS NOT NULL LIMIT 10000) t) AS failing_seconds,
       (SELECT last_reason FROM tasks WHERE last_reason IS NOT NULL ORDER BY recorded_at LIMIT 1) AS last_error
"""
