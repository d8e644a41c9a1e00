"""Browsers that have signed in to an address: written with the login that makes them known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from database.postgres import Db, Pool
from services.gateway.domain.known_browser import MOST_KNOWN
from services.gateway.model.requests import SignInRequest


async def known(pool: Pool, pairs: Sequence[tuple[str, bytes]], now: datetime) -> set[tuple[str, bytes]]:
    """The pairs of a mailbox and a browser's hash that are known at this moment."""
    rows = await pool.fetch(
        "SELECT k.mailbox, k.browser_hash FROM known_browsers k"
        " JOIN unnest($1::text[], $2::bytea[]) AS u(mailbox, browser_hash) USING (mailbox, browser_hash)"
        " WHERE k.until > $3",
        [mailbox for mailbox, _ in pairs],
        [browser_hash for _, browser_hash in pairs],
        now,
    )
    return {(row["mailbox"], row["browser_hash"]) for row in rows}


async def save(db: Db, sign_ins: Sequence[SignInRequest]) -> None:
    """Store the browsers of the sign-ins that began; an address forgets the browsers that signed in longest ago."""
    begun = {(request.mailbox, request.browser_hash): request.known_until for request in sign_ins if request.begun}
    if not begun:
        return
    pairs = sorted(begun)
    await db.execute(
        "INSERT INTO known_browsers AS k (mailbox, browser_hash, until)"
        " SELECT * FROM unnest($1::text[], $2::bytea[], $3::timestamptz[])"
        " ON CONFLICT (mailbox, browser_hash) DO UPDATE SET until = EXCLUDED.until",
        [mailbox for mailbox, _ in pairs],
        [browser_hash for _, browser_hash in pairs],
        [begun[pair] for pair in pairs],
    )
    await db.execute(
        "DELETE FROM known_browsers k USING (SELECT mailbox, browser_hash, row_number() OVER"
        "   (PARTITION BY mailbox ORDER BY until DESC, browser_hash) AS place"
        "  FROM known_browsers WHERE mailbox = ANY($1::text[])) AS ranked"
        " WHERE ranked.place > $2 AND k.mailbox = ranked.mailbox AND k.browser_hash = ranked.browser_hash",
        sorted({mailbox for mailbox, _ in pairs}),
        MOST_KNOWN,
    )
