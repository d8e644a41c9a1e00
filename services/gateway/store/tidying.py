"""Deleting what is kept for a while: sessions, browsers, codes, links, expired keys, counts, operations, the feed."""

from __future__ import annotations

from datetime import datetime

from chassis.postgres import Pool


async def forget_old(pool: Pool, now: datetime) -> None:
    """Delete rows whose time is over."""
    for statement in (
        "DELETE FROM sessions WHERE expires_at < $1",
        "DELETE FROM known_browsers WHERE until < $1",
        "DELETE FROM login_codes WHERE expires_at < $1::timestamptz - interval '1 day'",
        "DELETE FROM invitations WHERE expires_at < $1::timestamptz - interval '30 days'",
        "DELETE FROM api_keys WHERE expires_at < $1::timestamptz - interval '30 days'",
        "DELETE FROM guesses WHERE touched < $1::timestamptz - interval '1 day'",
        "DELETE FROM rates WHERE starts < $1::timestamptz - interval '2 hours'",
        "DELETE FROM operations WHERE created_at < $1::timestamptz - interval '7 days'",
        "DELETE FROM feed WHERE at < $1::timestamptz - interval '1 day'",
    ):
        await pool.execute(statement, now)
