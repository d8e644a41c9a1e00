"""Operations: begun with their command, ended by the command's outcome, and read while a request waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from database.postgres import Db, Pool
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.operation import Operation
from services.gateway.model.requests import OperationSlot, Request
from services.gateway.store.gauges import SECONDS


async def load(db: Db, requests: Sequence[Request], now: datetime) -> None:
    """Begin the requests' operations, locking their rows; each request gets the slot of its operation's id."""
    # Of two requests with one key, the first is recorded.
    operations = {request.operation.id: request.operation for request in reversed(requests)}
    earlier = await begin(db, list(operations.values()), now)
    slots = {operation_id: OperationSlot(earlier.get(operation_id)) for operation_id in operations}
    for request in requests:
        request.slot = slots[request.operation.id]


async def begin(db: Db, operations: Sequence[Operation], now: datetime) -> dict[UUID, Operation]:
    """Record operations; return the earlier operations of the same ids, which are not recorded again."""
    rows = sorted({operation.id: operation for operation in operations}.values(), key=lambda operation: operation.id)
    begun = await db.fetch(
        "INSERT INTO operations"
        " (id, agency_id, caller, kind, fingerprint, outcomes, secret, state, member_id, browser_hash, created_at)"
        " SELECT u.id, u.agency_id, u.caller, u.kind, u.fingerprint, u.outcomes::text[], u.secret, u.state,"
        "   u.member_id, u.browser_hash, $11"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::boolean[],"
        "   $8::text[], $9::uuid[], $10::bytea[])"
        "  AS u(id, agency_id, caller, kind, fingerprint, outcomes, secret, state, member_id, browser_hash)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        [operation.id for operation in rows],
        [operation.agency_id for operation in rows],
        [operation.caller for operation in rows],
        [operation.kind for operation in rows],
        [operation.fingerprint for operation in rows],
        ["{" + ",".join(operation.outcomes) + "}" for operation in rows],
        [operation.secret for operation in rows],
        [operation.state.value for operation in rows],
        [operation.member_id for operation in rows],
        [operation.browser_hash for operation in rows],
        now,
    )
    taken = {operation.id for operation in rows} - {row["id"] for row in begun}
    if not taken:
        return {}
    return {operation.id: operation for operation in await by_id(db, list(taken))}


async def by_id(db: Db | Pool, ids: Sequence[UUID]) -> list[Operation]:
    """The operations of these ids; an id without an operation is left out."""
    rows = await db.fetch(
        "SELECT id, agency_id, caller, kind, fingerprint, secret, state, code, figures, member_id, sealed,"
        "  outcome, result, awaits_payment"
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
            awaits_payment=row["awaits_payment"],
        )
        for row in rows
    ]


async def save(db: Db, requests: Sequence[Request]) -> None:
    """Delete the operations of requests that were rejected: their keys stay free."""
    if free := {request.operation.id for request in requests if request.slot.holder is None}:
        await db.execute("DELETE FROM operations WHERE id = ANY($1::uuid[])", sorted(free))


async def end(db: Db, states: Collection[AgencyChanges]) -> list[UUID]:
    """End the operations that wait for the batch's outcomes; return their ids."""
    ends = [(changes.agency_id, end) for changes in states for end in changes.ends]
    if not ends:
        return []
    rows: list[Any] = await db.fetch(
        "UPDATE operations o SET state = u.state, outcome = u.outcome, code = u.code, figures = u.figures,"
        "  member_id = coalesce(u.member_id, o.member_id), sealed = u.sealed, result = u.result,"
        "  finished_at = clock_timestamp()"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[], $8::text[],"
        "   $9::jsonb[]) AS u(id, agency_id, outcome, state, code, figures, member_id, sealed, result)"
        " WHERE o.id = u.id AND o.agency_id = u.agency_id AND o.state = 'running' AND u.outcome = ANY(o.outcomes)"
        " RETURNING o.id, o.kind, extract(epoch FROM o.finished_at - o.created_at)::float8 AS seconds",
        [end.command_id for _, end in ends],
        [agency_id for agency_id, _ in ends],
        [end.outcome for _, end in ends],
        [end.state.value for _, end in ends],
        [end.code for _, end in ends],
        [end.figures for _, end in ends],
        [end.member_id for _, end in ends],
        [end.sealed for _, end in ends],
        [end.result for _, end in ends],
    )
    for row in rows:
        SECONDS.labels(row["kind"]).observe(max(0.0, row["seconds"]))
    return [row["id"] for row in rows]


async def wait(db: Db, states: Collection[AgencyChanges]) -> list[UUID]:
    """Mark the operations whose change waits for its payment; return their ids."""
    waiting = [(command_id, changes.agency_id) for changes in states for command_id in changes.waits]
    if not waiting:
        return []
    rows: list[Any] = await db.fetch(
        "UPDATE operations o SET awaits_payment = true FROM unnest($1::uuid[], $2::uuid[]) AS u(id, agency_id)"
        " WHERE o.id = u.id AND o.agency_id = u.agency_id AND o.state = 'running' RETURNING o.id",
        [command_id for command_id, _ in waiting],
        [agency_id for _, agency_id in waiting],
    )
    return [row["id"] for row in rows]


async def take_sealed(pool: Pool, operation_id: UUID) -> str | None:
    """Take the sealed secret of an operation; None when it has been taken before."""
    sealed: str | None = await pool.fetchval(
        "WITH given AS (SELECT id, sealed FROM operations WHERE id = $1 AND sealed IS NOT NULL FOR UPDATE)"
        " UPDATE operations o SET sealed = NULL FROM given WHERE o.id = given.id RETURNING given.sealed",
        operation_id,
    )
    return sealed
