"""How many requests each address, network, mail domain or agency has made in an hour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chassis.postgres import Pool, transaction


async def count(pool: Pool, requests: Mapping[bytes, int], starts: datetime) -> dict[bytes, int]:
    """Count requests in the window that starts then; return the counts so far. A crash may lose them."""
    subjects = sorted(requests)
    async with transaction(pool) as db:
        await db.execute("SET LOCAL synchronous_commit = off")
        rows = await db.fetch(
            "INSERT INTO rates AS r (subject, starts, count)"
            " SELECT u.subject, $3, u.count FROM unnest($1::bytea[], $2::int[]) AS u(subject, count)"
            " ON CONFLICT (subject) DO UPDATE SET starts = EXCLUDED.starts,"
            "  count = EXCLUDED.count + CASE WHEN r.starts = EXCLUDED.starts THEN r.count ELSE 0 END"
            " RETURNING subject, count",
            subjects,
            [requests[subject] for subject in subjects],
            starts,
        )
    return {row["subject"]: row["count"] for row in rows}
