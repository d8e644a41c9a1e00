"""Sessions: stored with the login that begins them, and deleted when they are over. Their open streams then end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from database.postgres import Db, Pool
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.session_kind import MOST_SESSIONS, SessionKind
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.requests import ProofRequest, SignInRequest
from services.gateway.model.sessions import Session
from services.gateway.model.uses import MemberUse
from services.gateway.store.feed import CHANNEL


async def save(db: Db, sign_ins: Sequence[SignInRequest]) -> None:
    """Store the sessions that began; delete the browsers' earlier ones, and those beyond a member's most.

    A proof renews the session that it was made in.
    """
    begun = [request for request in sign_ins if request.begun and not isinstance(request, ProofRequest)]
    if proofs := [request.session for request in sign_ins if request.begun and isinstance(request, ProofRequest)]:
        await db.execute(
            "UPDATE sessions s SET proven_at = u.at FROM unnest($1::uuid[], $2::timestamptz[]) AS u(id, at)"
            " WHERE s.id = u.id",
            [session.id for session in proofs],
            [session.began_at for session in proofs],
        )
    if not begun:
        return
    if replaced := [request.replaced_session for request in begun if request.replaced_session is not None]:
        await _end(db, "token_hash = ANY($2::bytea[])", replaced)
    sessions = [request.session for request in begun]
    member_ids = [request.member_id for request in begun]
    await db.execute(
        "INSERT INTO sessions (id, token_hash, member_id, agency_id, kind, device, network, began_at, last_seen_at,"
        "  operation_id, proven_at)"
        " SELECT u.*, u.began_at"
        " FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],"
        "  $8::timestamptz[], $8::timestamptz[], $9::uuid[])"
        "  AS u(id, token_hash, member_id, agency_id, kind, device, network, began_at, last_seen_at, operation_id)",
        [session.id for session in sessions],
        [session.token_hash for session in sessions],
        member_ids,
        [request.operation.agency_id for request in begun],
        [session.kind for session in sessions],
        [session.device for session in sessions],
        [session.network for session in sessions],
        [session.began_at for session in sessions],
        [request.operation.id for request in begun],
    )
    await _end(
        db,
        "id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY member_id ORDER BY began_at DESC, id DESC)"
        "  AS place FROM sessions WHERE member_id = ANY($2::uuid[])) ranked WHERE place > $3)",
        member_ids,
        MOST_SESSIONS,
    )


async def end_rejected(db: Db, states: Collection[AgencyChanges]) -> None:
    """Delete the sessions whose sign-in members rejected, however late. They would stay open as somebody else."""
    rejected = [end.command_id for changes in states for end in changes.ends if end.state is OperationState.REJECTED]
    if rejected:
        await _end(db, "operation_id = ANY($2::uuid[])", rejected)


async def _end(db: Db | Pool, which: str, *values: object) -> int:
    """Delete these sessions and wake their streams, wherever they are open; return how many there were."""
    rows = await db.fetch(
        f"WITH ended AS (DELETE FROM sessions WHERE {which} RETURNING id)"  # noqa: S608  a constant of this file
        " SELECT pg_notify($1, 's' || replace(id::text, '-', '')) FROM ended",
        CHANNEL,
        *values,
    )
    return len(rows)


async def of_member(pool: Pool, member_id: UUID) -> list[Session]:
    """The member's stored sessions, over or not, newest first."""
    rows = await pool.fetch(
        "SELECT id, kind, device, network, began_at, last_seen_at, proven_at FROM sessions WHERE member_id = $1"
        " ORDER BY began_at DESC, id DESC",
        member_id,
    )
    return [Session(row["id"], SessionKind(row["kind"]), *tuple(row.values())[2:]) for row in rows]


async def end(pool: Pool, token_hash: bytes) -> None:
    """Delete a session; its token signs nobody in any more."""
    await _end(pool, "token_hash = $2", token_hash)


async def end_one(pool: Pool, member_id: UUID, session_id: UUID) -> bool:
    """Delete a session of this member; False when the member has no such session."""
    return await _end(pool, "member_id = $2 AND id = $3", member_id, session_id) > 0


async def end_others(pool: Pool, member_id: UUID, kept: UUID | None) -> None:
    """Delete every session of this member but one; None: every one."""
    await _end(pool, "member_id = $2 AND id IS DISTINCT FROM $3::uuid", member_id, kept)


async def mark_seen(pool: Pool, seen: Mapping[UUID, datetime], apart: timedelta) -> list[MemberUse]:
    """Record when sessions were last seen; a later time that is stored already stays.

    A row that another transaction holds is skipped: its session is about to end, or another replica writes it. Return
    the uses of the members who had not been seen so long before.
    """
    rows = await pool.fetch(
        "WITH free AS (SELECT s.id, u.at FROM sessions s JOIN unnest($1::uuid[], $2::timestamptz[]) AS u(id, at)"
        "  ON s.id = u.id WHERE s.last_seen_at < u.at FOR NO KEY UPDATE OF s SKIP LOCKED)"
        ", marked AS (UPDATE sessions s SET last_seen_at = free.at FROM free WHERE s.id = free.id"
        "  RETURNING s.agency_id, s.member_id, s.last_seen_at)"
        " SELECT u.agency_id, u.member_id, max(u.last_seen_at) AS at FROM marked u"
        " JOIN members m ON m.member_id = u.member_id AND m.agency_id = u.agency_id"
        " WHERE m.status = 'active' AND u.last_seen_at - m.last_seen_at >= $3 GROUP BY u.agency_id, u.member_id",
        list(seen),
        list(seen.values()),
        apart,
    )
    return [MemberUse(*row) for row in rows]
