"""Tasks: calls to external systems, which are never made inside a transaction.

A decision records a task. A worker takes the head of each (agency, lane) queue, calls out with no transaction open, and
decides the result in a new one. A lease, renewed while the call runs, gives a dead worker's task to another. An unknown
outcome is a state of its own: the next attempt must know of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from chassis.actor import NewTask
from contracts.vocabulary import Actor
from database.postgres import Db

LEASE = timedelta(seconds=9)
"""How long a killed worker's task rests before another takes it; renewed every third of it."""
BACK_OFF = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before the next attempt, by attempts made; the last one is for all that follow. Jitter takes up to a half."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A task that a worker has taken."""

    id: UUID
    agency_id: UUID
    lane: str
    kind: str
    payload: Any
    correlation_id: UUID
    actor: Actor
    tries: int
    unknown: bool
    since: datetime
    lease: UUID
    traceparent: str | None


def back_off(tries: int, rng: Random) -> float:
    """Seconds until the next attempt after `tries` attempts."""
    longest = BACK_OFF[min(tries, len(BACK_OFF)) - 1]
    return longest * (1 - rng.random() / 2)


async def record(db: Db, new: Sequence[NewTask], now: datetime) -> None:
    """Store tasks, in order. A task whose key exists is replaced, and a worker that has it loses it."""
    latest: dict[object, NewTask] = {}
    for task in new:
        latest[(task.agency_id, task.key) if task.key is not None else task.id] = task
    if latest:
        rows = list(latest.values())
        await db.execute(
            _RECORD,
            [task.id for task in rows],
            [task.agency_id for task in rows],
            [task.lane for task in rows],
            [task.kind for task in rows],
            [task.key for task in rows],
            [task.payload.model_dump(mode="json") for task in rows],
            [task.correlation_id for task in rows],
            [str(task.actor) for task in rows],
            [task.run_at for task in rows],
            [task.move for task in rows],
            now,
            [task.traceparent for task in rows],
        )


async def cancel(db: Db, keys: Sequence[tuple[UUID, str]]) -> None:
    """Delete the tasks of these keys; a worker that has one loses it."""
    if keys:
        await db.execute(_CANCEL, [agency for agency, _ in keys], [key for _, key in keys])


async def run_now(db: Db, keys: Sequence[tuple[UUID, str]], now: datetime) -> None:
    """Make the waiting tasks of these keys due. A task that a worker has is left alone."""
    if keys:
        await db.execute(_RUN_NOW, [agency for agency, _ in keys], [key for _, key in keys], now)


async def take(db: Db, lease: UUID, now: datetime, most: int, kinds: Sequence[str], turn: int = 0) -> list[Leased]:
    """Lease at most `most` heads of queues that are due: of each kind one after another, the longest due first.

    A few tasks of one kind thus never wait behind thousands of another. Of more than `most` of a kind, every other one
    is the one that has been due for the shortest time: thousands of one agency do not hold up what comes after them.
    `turn` counts the calls, so that it is the same when one task is taken at a time.
    """
    first = turn % len(kinds) if kinds else 0
    newest = -1 if turn // max(1, len(kinds)) % 2 else 1
    rows = await db.fetch(_TAKE, now, most, lease, now + LEASE, [*kinds[first:], *kinds[:first]], newest)
    return [
        Leased(
            id=row["id"],
            agency_id=row["agency_id"],
            lane=row["lane"],
            kind=row["kind"],
            payload=row["payload"],
            correlation_id=row["correlation_id"],
            actor=Actor.parse(row["actor"]),
            tries=row["tries"],
            unknown=row["unknown"],
            since=row["first_tried_at"],
            lease=lease,
            traceparent=row["traceparent"],
        )
        for row in sorted(rows, key=lambda row: (row["round"], row["run_at"], row["position"]))
    ]


async def renew(db: Db, held: Sequence[Leased], now: datetime) -> None:
    """Renew the leases of tasks that still run."""
    if held:
        await db.execute(_RENEW, [task.id for task in held], [task.lease for task in held], now + LEASE)


async def release(db: Db, held: Sequence[Leased]) -> None:
    """Release tasks at once. Whether they had their effect is unknown."""
    if held:
        await db.execute(_RELEASE, [task.id for task in held], [task.lease for task in held])


async def finish(db: Db, task: Leased) -> bool:
    """Delete a task whose result is being decided; False if another worker has it now."""
    return bool(await db.fetchval(_FINISH, task.id, task.lease))


async def reschedule(db: Db, task: Leased, run_at: datetime, reason: str, *, unknown: bool) -> bool:
    """Have a task run again at a time; False if another worker has it now."""
    return bool(await db.fetchval(_RESCHEDULE, task.id, task.lease, run_at, reason, unknown))


async def leased(db: Db, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these tasks that a worker has."""
    return {row["id"] for row in await db.fetch(_LEASED, ids)} if ids else set()


async def next_due(db: Db, kinds: Collection[str]) -> datetime | None:
    """When the next head of a queue is due or its lease ends; those behind it can only be taken after it."""
    due: datetime | None = await db.fetchval(_NEXT, list(kinds))
    return due


_RECORD = """
INSERT INTO tasks (id, agency_id, lane, kind, key, payload, correlation_id, actor, recorded_at, run_at, traceparent)
SELECT id, agency_id, lane, kind, key, payload, correlation_id, actor, $11, run_at, traceparent
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[], $8::text[],
            $9::timestamptz[], $10::boolean[], $12::text[]) WITH ORDINALITY
     AS n (id, agency_id, lane, kind, key, payload, correlation_id, actor, run_at, move, traceparent, place)
WHERE move OR NOT EXISTS (SELECT FROM tasks t WHERE t.agency_id = n.agency_id AND t.key = n.key)
ORDER BY place
ON CONFLICT (agency_id, key) DO UPDATE
SET payload = excluded.payload, run_at = excluded.run_at, traceparent = excluded.traceparent,
    lease = NULL, leased_until = NULL, tries = 0
"""
_CANCEL = """
DELETE FROM tasks t USING unnest($1::uuid[], $2::text[]) AS n (agency_id, key)
WHERE t.agency_id = n.agency_id AND t.key = n.key
"""
_RUN_NOW = """
UPDATE tasks t SET run_at = least(t.run_at, $3) FROM unnest($1::uuid[], $2::text[]) AS n (agency_id, key)
WHERE t.agency_id = n.agency_id AND t.key = n.key AND t.lease IS NULL
"""
_IS_DUE = """
t.kind = k.kind AND t.run_at <= $1 AND (t.leased_until IS NULL OR t.leased_until <= $1)
    AND NOT EXISTS (SELECT FROM tasks e WHERE e.agency_id = t.agency_id AND e.lane = t.lane AND e.position < t.position)
"""
_TAKE = f"""
WITH kinds AS (
    SELECT kind, turn FROM unnest($5::text[]) WITH ORDINALITY AS k (kind, turn)
), oldest AS (
    SELECT k.turn, h.id, h.round FROM kinds k CROSS JOIN LATERAL (
        SELECT t.id, row_number() OVER (ORDER BY t.run_at, t.position) AS round FROM tasks t
        WHERE {_IS_DUE} ORDER BY t.run_at, t.position LIMIT $2) h
), newest AS (
    SELECT k.turn, h.id, h.round FROM kinds k CROSS JOIN LATERAL (
        SELECT t.id, row_number() OVER (ORDER BY t.run_at DESC, t.position DESC) AS round FROM tasks t
        WHERE {_IS_DUE} ORDER BY t.run_at DESC, t.position DESC LIMIT $2) h
    WHERE (SELECT count(*) FROM oldest o WHERE o.turn = k.turn) = $2
), heads AS (
    SELECT id, min(turn) AS turn, min(round) AS round FROM (
        SELECT id, turn, 2 * round AS round FROM oldest UNION ALL SELECT id, turn, 2 * round + $6 FROM newest
    ) h GROUP BY id
), due AS (
    SELECT t.id, h.round FROM tasks t JOIN heads h ON h.id = t.id
    WHERE t.run_at <= $1 AND (t.leased_until IS NULL OR t.leased_until <= $1)
    ORDER BY h.round, h.turn, t.run_at LIMIT $2
    FOR UPDATE OF t SKIP LOCKED
)
UPDATE tasks t
SET unknown = t.unknown OR t.lease IS NOT NULL, lease = $3, leased_until = $4, tries = t.tries + 1,
    first_tried_at = coalesce(t.first_tried_at, $1)
FROM due WHERE t.id = due.id
RETURNING t.*, due.round
"""  # noqa: S608  ours
_RENEW = """
UPDATE tasks SET leased_until = $3 WHERE id IN (
    SELECT t.id FROM tasks t JOIN unnest($1::uuid[], $2::uuid[]) AS n (id, lease) ON t.id = n.id AND t.lease = n.lease
    FOR UPDATE OF t SKIP LOCKED
)
"""
"""Waits for no task whose result is being decided: the leases of all others would lapse meanwhile."""
_RELEASE = """
UPDATE tasks t SET lease = NULL, leased_until = NULL, unknown = true
FROM unnest($1::uuid[], $2::uuid[]) AS n (id, lease) WHERE t.id = n.id AND t.lease = n.lease
"""
_FINISH = "DELETE FROM tasks WHERE id = $1 AND lease = $2 RETURNING true"
_RESCHEDULE = """
UPDATE tasks SET run_at = $3, last_reason = $4, unknown = unknown OR $5, lease = NULL, leased_until = NULL
WHERE id = $1 AND lease = $2 RETURNING true
"""
_LEASED = "SELECT id FROM tasks WHERE id = ANY($1::uuid[]) AND lease IS NOT NULL"
_NEXT = """
SELECT min(greatest(t.run_at, coalesce(t.leased_until, t.run_at))) FROM tasks t
WHERE t.kind = ANY($1::text[])
  AND NOT EXISTS (SELECT FROM tasks e WHERE e.agency_id = t.agency_id AND e.lane = t.lane AND e.position < t.position)
"""
