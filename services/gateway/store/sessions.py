"""Sessions: stored with the login that begins them, and deleted when they are over."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.postgres import Db, Pool
from services.gateway.model.requests import SignInRequest


async def save(db: Db, sign_ins: Sequence[SignInRequest]) -> None:
    """Store the sessions that began, and delete the browsers' earlier ones."""
    begun = [request for request in sign_ins if request.begun]
    if not begun:
        return
    if replaced := [request.replaced_session for request in begun if request.replaced_session is not None]:
        await db.execute("DELETE FROM sessions WHERE token_hash = ANY($1::bytea[])", replaced)
    await db.execute(
        "INSERT INTO sessions (token_hash, member_id, agency_id, created_at, expires_at)"
        " SELECT u.token_hash, u.member_id, u.agency_id, clock_timestamp(), u.expires_at"
        " FROM unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::timestamptz[])"
        "  AS u(token_hash, member_id, agency_id, expires_at)",
        [request.session_hash for request in begun],
        [request.member_id for request in begun],
        [request.operation.agency_id for request in begun],
        [request.session_expires_at for request in begun],
    )


async def end(pool: Pool, token_hash: bytes) -> None:
    """Delete a session; its token signs nobody in any more."""
    await pool.execute("DELETE FROM sessions WHERE token_hash = $1", token_hash)
