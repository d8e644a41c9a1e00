"""The operator's SQL about one operation, as each service saw it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from database.postgres import Db

MOST = 500
"""Messages of one operation that a service shows at most: a purchase for thousands publishes an event for each."""


async def agency_of(db: Db, operation_id: UUID) -> UUID | None:
    """The agency of an operation that the gateway knows."""
    agency: UUID | None = await db.fetchval("SELECT agency_id FROM operations WHERE id = $1", operation_id)
    return agency


async def story(db: Db, agency_id: UUID, operation_id: UUID) -> list[dict[str, Any]]:
    """What a service published and has still to do for an operation, in order."""
    rows = await db.fetch(_STORY, agency_id, str(operation_id), operation_id, MOST)
    return [dict(row) for row in rows]


_STORY = """
(SELECT published_at AS at, type AS what,
        CASE WHEN EXISTS (SELECT FROM unsent u WHERE u.id = o.id AND NOT u.replayed)
             THEN 'not on the bus yet' END AS state
 FROM outbox o WHERE agency_id = $1 AND headers::jsonb ->> 'ce_correlationid' = $2 ORDER BY id LIMIT $4)
UNION ALL
(SELECT recorded_at, 'task ' || kind, coalesce('tried ' || tries || ' times: ' || last_reason, 'waits')
 FROM tasks WHERE agency_id = $1 AND correlation_id = $3 ORDER BY position LIMIT $4)
UNION ALL
(SELECT at, 'deferred ' || type, kind || ': ' || reason FROM deferred_messages
 WHERE agency_id = $1 AND convert_from(headers, 'UTF8')::jsonb @> jsonb_build_array(
     jsonb_build_array('ce_correlationid', $2::text)) ORDER BY id LIMIT $4)
ORDER BY 1
"""
