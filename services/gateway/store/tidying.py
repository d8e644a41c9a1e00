"""Deleting what is kept for a while: sessions, browsers, codes, links, expired keys, counts, operations, the feed."""

from __future__ import annotations

from datetime import datetime

from database.postgres import Pool
from services.gateway.domain.code_guessing import ADDRESS
from services.gateway.domain.list_pause import KEPT
from services.gateway.domain.session_life import SessionLife


async def forget_old(pool: Pool, now: datetime, longest: SessionLife) -> None:
    """Delete rows whose time is over. `longest`: no session lives longer."""
    await pool.execute(
        "DELETE FROM sessions WHERE began_at < $1 OR last_seen_at < $2", now - longest.whole, now - longest.idle
    )
    await pool.execute("DELETE FROM invitation_lists WHERE created_at < $1", now - KEPT)
    for statement in (
        "DELETE FROM known_browsers WHERE until < $1",
        "DELETE FROM login_codes WHERE expires_at < $1::timestamptz - interval '1 day'",
        "DELETE FROM invitations WHERE expires_at < $1::timestamptz - interval '30 days'",
        "DELETE FROM api_keys WHERE expires_at < $1::timestamptz - interval '30 days'",
        "DELETE FROM guesses WHERE touched < $1::timestamptz - interval '1 day'",
        f"DELETE FROM wrong_codes WHERE at < $1::timestamptz - interval '{ADDRESS.window.days} days'",  # noqa: S608
        "DELETE FROM rates WHERE until < $1",
        "DELETE FROM operations WHERE created_at < $1::timestamptz - interval '7 days'",
        "DELETE FROM feed WHERE at < $1::timestamptz - interval '1 day'",
    ):
        await pool.execute(statement, now)
