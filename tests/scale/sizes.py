"""The bytes of every table with its indexes, packed, and what of the outbox is kept for how long."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

from contracts.vocabulary import Service
from database.postgres import Db

OUTBOX = "outbox"


async def sizes(database: str) -> dict[str, int]:
    """Bytes by `service.table`; an outbox by what retention tells apart: events, commands, and what has no number."""
    db = await asyncpg.connect(database)
    try:
        found: dict[str, int] = {}
        rows = await db.fetch(_TABLES, list(Service))
        for service, table in rows:
            # Packed, so that two measurements differ by rows alone.
            await db.execute(f"VACUUM FULL {service}.{table}")
            size = await db.fetchval("SELECT pg_total_relation_size($1::regclass)", f"{service}.{table}")
            found |= await _parts(db, service, size) if table == OUTBOX else {f"{service}.{table}": size}
        return found
    finally:
        await db.close()


async def _parts(db: Db, service: str, size: int) -> dict[str, int]:
    """An outbox's size, divided by the bytes of its rows."""
    rows = dict(await db.fetch(_ROWS.format(service=service)))
    whole = sum(rows.values()) or 1
    return {f"{service}.{OUTBOX}.{part}": round(size * rows.get(part, 0) / whole) for part in _PARTS}


def grown(before: Mapping[str, int], after: Mapping[str, int], agencies: int) -> dict[str, int]:
    """How many bytes each table has grown by, for each agency."""
    return {name: max(0, round((after[name] - before[name]) / agencies)) for name in after}


_PARTS = ("events", "commands", "unnumbered")
_TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1, 2"
_ROWS = """
SELECT CASE WHEN seq = 0 THEN 'unnumbered' WHEN topic LIKE '%.commands' THEN 'commands' ELSE 'events' END AS part,
    sum(pg_column_size(o)) AS bytes
FROM {service}.outbox o GROUP BY part
"""
