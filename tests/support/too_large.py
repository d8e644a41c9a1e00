"""A message that the broker refuses for its size, in the outbox of a service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from contracts.vocabulary import Service
from database.postgres import Pool


async def publish_large(db: asyncpg.Connection[Any] | Pool, service: Service, agency: UUID | None, size: int) -> UUID:
    """Have a service publish an event of a type that nobody knows, of so many bytes, about an agency; returns its id.

    Without an agency, it is about the first one that the service has published an event about.
    """
    topic, type_ = f"{service}.events", f"{service}.large.v1"
    return UUID(str(await db.fetchval(_LARGE.format(service=service.value), topic, type_, size, agency)))


_LARGE = """
WITH chosen AS (
    SELECT agency_id, (published ->> $1)::bigint + 1 AS seq, gen_random_uuid() AS id
    FROM {service}.actors WHERE published ? $1 AND ($4::uuid IS NULL OR agency_id = $4)
    ORDER BY agency_id LIMIT 1 FOR UPDATE
), numbered AS (
    UPDATE {service}.actors a SET published = a.published || jsonb_build_object($1::text, c.seq)
    FROM chosen c WHERE a.agency_id = c.agency_id
), stored AS (
    INSERT INTO {service}.outbox (agency_id, topic, type, seq, headers, data, published_at)
    SELECT agency_id, $1, $2, seq, json_build_object(
        'ce_specversion', '1.0', 'ce_id', id, 'ce_type', $2::text, 'ce_source', '/{service}',
        'ce_time', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'ce_subject', agency_id,
        'ce_sequence', seq::text, 'ce_causationid', id, 'ce_correlationid', id, 'ce_actor', 'anyone', 'ce_seen', '{{}}'
    )::text, json_build_object('filling', repeat('x', $3::int))::text, now()
    FROM chosen RETURNING id
), unsent AS (
    INSERT INTO {service}.unsent (id) SELECT id FROM stored
)
SELECT agency_id FROM chosen
"""
