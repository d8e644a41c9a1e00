"""How many requests each network, address or agency has made in an hour or a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from database.postgres import Pool, transaction


async def change(
    pool: Pool, windows: Mapping[bytes, datetime], decide: Callable[[Mapping[bytes, int]], Mapping[bytes, int]]
) -> None:
    """Lock the counts of these subjects, each in the window that ends then, and write those that `decide` returns.

    A crash may lose the counts.
    """
    subjects = sorted(windows)
    async with transaction(pool) as db:
        await db.execute("SET LOCAL synchronous_commit = off")
        rows = await db.fetch(
            "INSERT INTO rates AS r (subject, until, count)"
            " SELECT u.subject, u.until, 0 FROM unnest($1::bytea[], $2::timestamptz[]) AS u(subject, until)"
            " ON CONFLICT (subject) DO UPDATE SET until = EXCLUDED.until,"
            "  count = CASE WHEN r.until = EXCLUDED.until THEN r.count ELSE 0 END"
            " RETURNING subject, count",
            subjects,
            [windows[subject] for subject in subjects],
        )
        counts = decide({row["subject"]: row["count"] for row in rows})
        await db.execute(
            "UPDATE rates r SET count = u.count FROM unnest($1::bytea[], $2::int[]) AS u(subject, count)"
            " WHERE r.subject = u.subject",
            list(counts),
            list(counts.values()),
        )
