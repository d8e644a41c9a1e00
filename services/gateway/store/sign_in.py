"""The statements of asking for a code: counting requests, recording codes, and finding whom to mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.postgres import Db, Pool, transaction
from services.gateway.model.login_codes import CodeToMail, NewCode
from services.gateway.model.request_state import Operation
from services.gateway.store import request_state as store_request_state


async def count(pool: Pool, asked: Mapping[bytes, int], starts: datetime) -> dict[bytes, int]:
    """Count requests in the window that starts then; answers the counts so far. Losing them in a crash harms nobody."""
    subjects = sorted(asked)
    async with transaction(pool) as db:
        await db.execute("SET LOCAL synchronous_commit = off")
        rows = await db.fetch(
            "INSERT INTO rates AS r (subject, starts, count)"
            " SELECT u.subject, $3, u.count FROM unnest($1::bytea[], $2::int[]) AS u(subject, count)"
            " ON CONFLICT (subject) DO UPDATE SET starts = EXCLUDED.starts,"
            "  count = EXCLUDED.count + CASE WHEN r.starts = EXCLUDED.starts THEN r.count ELSE 0 END"
            " RETURNING subject, count",
            subjects,
            [asked[subject] for subject in subjects],
            starts,
        )
    return {row["subject"]: row["count"] for row in rows}


async def record_codes(pool: Pool, codes: Sequence[NewCode], now: datetime) -> dict[UUID, Operation]:
    """Record what was asked for, each replacing the same browser's; answers earlier operations of the same ids."""
    async with transaction(pool) as db:
        earlier = await store_request_state.claim(db, [code.claim for code in codes], now)
        newest: dict[bytes, NewCode] = {}
        for code in codes:
            if code.claim.operation.id not in earlier:
                newest[code.browser_hash] = code
        await _replace(db, list(newest.values()))
    return earlier


async def _replace(db: Db, codes: Sequence[NewCode]) -> None:
    await db.execute(
        "UPDATE login_codes SET code_hash = NULL WHERE id IN (SELECT id FROM login_codes"
        "  WHERE browser_hash = ANY($1::bytea[]) AND code_hash IS NOT NULL ORDER BY id FOR UPDATE)",
        [code.browser_hash for code in codes],
    )
    await db.execute(
        "INSERT INTO login_codes (id, browser_hash, mailbox, code_hash, link_hash, sealed, created_at, expires_at)"
        " SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::bytea[], $5::bytea[], $6::text[],"
        "   $7::timestamptz[], $8::timestamptz[])",
        [code.id for code in codes],
        [code.browser_hash for code in codes],
        [code.mailbox for code in codes],
        [code.code_hash for code in codes],
        [code.link_hash for code in codes],
        [code.sealed for code in codes],
        [code.created_at for code in codes],
        [code.expires_at for code in codes],
    )


async def codes_to_mail(pool: Pool, most: int) -> list[CodeToMail]:
    """Codes whose mail is not ordered yet, oldest first, with the member to mail (of several agencies: one)."""
    rows = await pool.fetch(
        "SELECT c.id, c.expires_at, m.member_id, m.agency_id, m.email FROM login_codes c"
        " LEFT JOIN LATERAL (SELECT member_id, agency_id, email FROM members WHERE members.mailbox = c.mailbox"
        "   AND status <> 'removed' ORDER BY agency_id LIMIT 1) m ON true"
        " WHERE c.sealed IS NOT NULL ORDER BY c.created_at LIMIT $1",
        most,
    )
    return [CodeToMail(row["id"], row["expires_at"], row["member_id"], row["agency_id"], row["email"]) for row in rows]


async def forget_mails(pool: Pool, ids: Sequence[UUID]) -> None:
    """These are mailed to nobody: the address is unknown, or the code is over."""
    await pool.execute("UPDATE login_codes SET sealed = NULL WHERE id = ANY($1::uuid[])", ids)


async def end_session(pool: Pool, token_hash: bytes) -> None:
    """Sign out."""
    await pool.execute("DELETE FROM sessions WHERE token_hash = $1", token_hash)


async def forget_old(pool: Pool, now: datetime) -> None:
    """Forget what is kept for a while only."""
    for statement in (
        "DELETE FROM sessions WHERE expires_at < $1",
        "DELETE FROM login_codes WHERE expires_at < $1::timestamptz - interval '1 day'",
        "DELETE FROM invitations WHERE expires_at < $1::timestamptz - interval '30 days'",
        "DELETE FROM guesses WHERE touched < $1::timestamptz - interval '1 day'",
        "DELETE FROM rates WHERE starts < $1::timestamptz - interval '2 hours'",
        "DELETE FROM operations WHERE created_at < $1::timestamptz - interval '7 days'",
        "DELETE FROM feed WHERE at < $1::timestamptz - interval '1 day'",
    ):
        await pool.execute(statement, now)
