"""Sessions: stored with the login that begins them, and deleted when they are over."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.postgres import Db, Pool
from services.gateway.model.requests import ProofRequest, SignInRequest


async def save(db: Db, sign_ins: Sequence[SignInRequest]) -> None:
    """Store the sessions that began, delete the browsers' earlier ones, and renew the proof of running ones."""
    begun = [request for request in sign_ins if request.begun and not isinstance(request, ProofRequest)]
    if proven := [request for request in sign_ins if request.begun and isinstance(request, ProofRequest)]:
        await db.execute(
            "UPDATE sessions s SET proven_at = u.proven_at FROM unnest($1::bytea[], $2::timestamptz[])"
            "  AS u(token_hash, proven_at) WHERE s.token_hash = u.token_hash",
            [request.session_hash for request in proven],
            [request.proven_at for request in proven],
        )
    if not begun:
        return
    if replaced := [request.replaced_session for request in begun if request.replaced_session is not None]:
        await db.execute("DELETE FROM sessions WHERE token_hash = ANY($1::bytea[])", replaced)
    await db.execute(
        "INSERT INTO sessions (token_hash, member_id, agency_id, created_at, expires_at, proven_at)"
        " SELECT u.token_hash, u.member_id, u.agency_id, clock_timestamp(), u.expires_at, u.proven_at"
        " FROM unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])"
        "  AS u(token_hash, member_id, agency_id, expires_at, proven_at)",
        [request.session_hash for request in begun],
        [request.member_id for request in begun],
        [request.operation.agency_id for request in begun],
        [request.session_expires_at for request in begun],
        [request.proven_at for request in begun],
    )


async def end(pool: Pool, token_hash: bytes) -> None:
    """Delete a session; its token signs nobody in any more."""
    await pool.execute("DELETE FROM sessions WHERE token_hash = $1", token_hash)
