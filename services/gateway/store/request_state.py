"""What requests read under lock and write, all those of one moment together.

Rows are locked in one order, whatever the batch: agencies (by the chassis), operations, codes, wrong tries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from contracts.vocabulary import MemberStatus, Role
from services.gateway.domain.code_guessing import WINDOW
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.request_state import (
    ChangeKeys,
    Claim,
    Desk,
    Follow,
    LoginCode,
    MailCode,
    Operation,
    SealedCode,
    Standing,
    Try,
)

Db: TypeAlias = "asyncpg.Connection[Any]"


async def load(db: Db, request_state: Desk, wanted: Sequence[object], now: datetime) -> None:
    """Fetch and lock what these requests are decided on; events in between want nothing."""
    tries = [one for one in wanted if isinstance(one, Try)]
    acting = [one for one in wanted if isinstance(one, Try | Follow | ChangeKeys)]
    claims = [one for one in wanted if isinstance(one, Claim)] + [one.claim for one in acting if one.claim is not None]
    if claims:
        request_state.earlier = await claim(db, claims, now)
    if acting:
        named = [(one.claim.operation.agency_id, one.member_id) for one in acting if one.claim is not None]
        request_state.standing = await _standing(db, named)
    if tries:
        await _load_codes(db, request_state, tries)
        await _load_guesses(db, request_state, tries, now)
    if mails := [one.code_id for one in wanted if isinstance(one, MailCode)]:
        await _take_mails(db, request_state, mails)


async def claim(db: Db, claims: Sequence[Claim], now: datetime) -> dict[UUID, Operation]:
    """Begin operations; answers the earlier ones of the same ids, which are not begun again."""
    rows = sorted({one.operation.id: one for one in claims}.values(), key=lambda one: one.operation.id)
    begun = await db.fetch(
        "INSERT INTO operations"
        " (id, agency_id, caller, kind, fingerprint, outcomes, secret, state, member_id, created_at)"
        " SELECT u.id, u.agency_id, u.caller, u.kind, u.fingerprint, u.outcomes::text[], u.secret, u.state,"
        "   u.member_id, $10"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::boolean[],"
        "   $8::text[], $9::uuid[]) AS u(id, agency_id, caller, kind, fingerprint, outcomes, secret, state, member_id)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        [one.operation.id for one in rows],
        [one.operation.agency_id for one in rows],
        [one.operation.caller for one in rows],
        [one.operation.kind for one in rows],
        [one.operation.fingerprint for one in rows],
        ["{" + ",".join(one.outcomes) + "}" for one in rows],
        [one.operation.secret for one in rows],
        [one.operation.state.value for one in rows],
        [one.operation.member_id for one in rows],
        now,
    )
    lost = {one.operation.id for one in rows} - {row["id"] for row in begun}
    if not lost:
        return {}
    return {one.id: one for one in await operations(db, list(lost))}


async def operations(db: Any, ids: Sequence[UUID]) -> list[Operation]:  # noqa: ANN401  a pool or a connection
    """The operations of these ids, those that there are."""
    rows = await db.fetch(
        "SELECT id, agency_id, caller, kind, fingerprint, secret, state, code, figures, member_id, sealed,"
        "  outcome, result"
        " FROM operations WHERE id = ANY($1::uuid[])",
        ids,
    )
    return [
        Operation(
            id=row["id"],
            agency_id=row["agency_id"],
            caller=row["caller"],
            kind=row["kind"],
            fingerprint=row["fingerprint"],
            secret=row["secret"],
            state=OperationState(row["state"]),
            code=row["code"],
            figures=row["figures"] or {},
            member_id=row["member_id"],
            sealed=row["sealed"],
            outcome=row["outcome"],
            result=row["result"],
        )
        for row in rows
    ]


async def _standing(db: Db, named: Sequence[tuple[UUID, UUID]]) -> dict[UUID, Standing]:
    rows = await db.fetch(
        "SELECT m.member_id, m.status, m.role, m.removed_at FROM members m"
        " JOIN unnest($1::uuid[], $2::uuid[]) AS u(agency_id, member_id)"
        "  ON m.agency_id = u.agency_id AND m.member_id = u.member_id",
        [agency_id for agency_id, _ in named],
        [member_id for _, member_id in named],
    )
    return {
        row["member_id"]: Standing(MemberStatus(row["status"]), Role(row["role"]), row["removed_at"]) for row in rows
    }


async def _load_codes(db: Db, request_state: Desk, tries: Sequence[Try]) -> None:
    # A link has no browser and a code no link: what is absent matches nothing.
    rows = await db.fetch(
        "SELECT id, browser_hash, mailbox, code_hash, link_hash, created_at, expires_at, wrong, used FROM login_codes"
        " WHERE browser_hash = ANY($1::bytea[]) OR link_hash = ANY($2::bytea[]) ORDER BY id FOR UPDATE",
        [one.browser_hash for one in tries if one.browser_hash is not None],
        [one.link_hash for one in tries if one.link_hash is not None],
    )
    for row in rows:  # in the order of asking, so that the newest of a browser's codes stays
        code = LoginCode(
            *(row["id"], row["mailbox"], row["code_hash"], row["created_at"], row["expires_at"], row["wrong"]),
            used=row["used"],
        )
        request_state.links[row["link_hash"]] = code
        if code.code_hash is not None:
            request_state.codes[row["browser_hash"], row["mailbox"]] = code


async def _load_guesses(db: Db, request_state: Desk, tries: Sequence[Try], now: datetime) -> None:
    subjects = {one.address for one in tries} | {one.first_logins for one in tries if one.first_logins is not None}
    rows = await db.fetch(
        "INSERT INTO guesses (subject, touched) SELECT u, $2 FROM unnest($1::bytea[]) u"
        " ON CONFLICT (subject) DO UPDATE SET touched = EXCLUDED.touched RETURNING subject, wrong",
        sorted(subjects),
        now,
    )
    request_state.guesses = {row["subject"]: list(row["wrong"]) for row in rows}


async def _take_mails(db: Db, request_state: Desk, ids: Sequence[UUID]) -> None:
    rows = await db.fetch(
        "WITH due AS (SELECT id, sealed, expires_at FROM login_codes WHERE id = ANY($1::uuid[]) AND sealed IS NOT NULL"
        "   ORDER BY id FOR UPDATE)"
        " UPDATE login_codes c SET sealed = NULL FROM due WHERE c.id = due.id"
        " RETURNING c.id, due.sealed, due.expires_at",
        ids,
    )
    request_state.to_mail = {row["id"]: SealedCode(row["sealed"], row["expires_at"]) for row in rows}


async def save(db: Db, request_state: Desk) -> None:
    """Write what the requests decided."""
    touched = {code.id: code for code in (*request_state.codes.values(), *request_state.links.values()) if code.touched}
    if touched:
        await db.execute(
            "UPDATE login_codes c SET wrong = u.wrong, used = u.used"
            " FROM unnest($1::uuid[], $2::int[], $3::boolean[]) AS u(id, wrong, used) WHERE c.id = u.id",
            list(touched),
            [code.wrong for code in touched.values()],
            [code.used for code in touched.values()],
        )
    if request_state.wrong:
        await _save_wrong(db, request_state.wrong)
    if request_state.unclaimed:
        await db.execute("DELETE FROM operations WHERE id = ANY($1::uuid[])", request_state.unclaimed)
    if request_state.sessions:
        await _save_sessions(db, request_state)


async def _save_wrong(db: Db, wrong: Sequence[tuple[bytes, datetime]]) -> None:
    now = max(at for _, at in wrong)
    counts = Counter(subject for subject, _ in wrong)
    await db.execute(
        "UPDATE guesses g SET wrong = array(SELECT t FROM unnest(g.wrong) t WHERE t > $3::timestamptz - $4::interval)"
        "   || array_fill($3::timestamptz, ARRAY[u.count])"
        " FROM unnest($1::bytea[], $2::int[]) AS u(subject, count) WHERE g.subject = u.subject",
        list(counts),
        list(counts.values()),
        now,
        WINDOW,
    )


async def _save_sessions(db: Db, request_state: Desk) -> None:
    if ends := [one.ends for one in request_state.sessions if one.ends is not None]:
        await db.execute("DELETE FROM sessions WHERE token_hash = ANY($1::bytea[])", ends)
    await db.execute(
        "INSERT INTO sessions (token_hash, member_id, agency_id, created_at, expires_at)"
        " SELECT u.token_hash, u.member_id, u.agency_id, clock_timestamp(), u.expires_at"
        " FROM unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::timestamptz[])"
        "  AS u(token_hash, member_id, agency_id, expires_at)",
        [one.token_hash for one in request_state.sessions],
        [one.member_id for one in request_state.sessions],
        [one.agency_id for one in request_state.sessions],
        [one.expires_at for one in request_state.sessions],
    )
