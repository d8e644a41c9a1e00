"""Loads and saves what seats knows of an agency: the SQL of the line, the holders and those Blocked for payment.

`store_ledgers.py` has the SQL of ledgers, and `store_needs.py` what each message needs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from chassis.actor import Inputs
from contracts.vocabulary import (
    Actor,
    BlockedReason,
    SeatType,
)
from database.postgres import columns
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import FOUNDER, PORTION, Waiter
from services.seats.state import Rejoin, Seats
from services.seats.store_ledgers import LEDGERS, SAVE_LEDGERS, ledger_of, row_of
from services.seats.store_needs import may_hold, may_resume, named_members, sees_the_line

_LINE = """
SELECT l.*, l.place <= $3 AS at_head FROM unnest($1::uuid[], $2::bigint[]) AS a (agency_id, promised)
CROSS JOIN unnest($4::text[]) AS t (seat_type)
CROSS JOIN LATERAL (
    SELECT h.*, row_number() OVER (ORDER BY h.position) AS place FROM (
        SELECT * FROM line WHERE agency_id = a.agency_id AND seat_type = t.seat_type ORDER BY position LIMIT $3
    ) h
    UNION ALL
    SELECT b.*, $3 + 1 FROM (
        SELECT * FROM line WHERE agency_id = a.agency_id AND seat_type = t.seat_type AND position > a.promised
        ORDER BY position LIMIT $3
    ) b
) l ORDER BY l.agency_id, l.position, l.place
"""
_NAMED_IN_LINE = """
SELECT l.* FROM line l
JOIN unnest($1::uuid[], $2::uuid[]) AS requested (agency_id, member_id) USING (agency_id, member_id)
"""
_LET_IN = "SELECT * FROM line WHERE agency_id = ANY($1) AND blocked IS NOT NULL"
_JOIN = """
INSERT INTO line (agency_id, position, member_id, seat_type, correlation_id, actor, since, blocked)
SELECT * FROM unnest(
    $1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::text[])
ON CONFLICT (agency_id, position) DO UPDATE SET seat_type = excluded.seat_type, blocked = excluded.blocked
"""
_LEAVE = """
DELETE FROM line l USING unnest($1::uuid[], $2::bigint[]) AS gone (agency_id, position)
WHERE l.agency_id = gone.agency_id AND l.position = gone.position
"""
_HOLDERS = """
SELECT h.agency_id, h.member_id, h.seat_type FROM holders h
JOIN unnest($1::uuid[], $2::uuid[]) AS requested (agency_id, member_id) USING (agency_id, member_id)
"""
_LET_GO = """
DELETE FROM holders h USING unnest($1::uuid[], $2::uuid[]) AS gone (agency_id, member_id)
WHERE h.agency_id = gone.agency_id AND h.member_id = gone.member_id
"""
_HOLD = """
INSERT INTO holders (agency_id, member_id, seat_type)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
ON CONFLICT (agency_id, member_id) DO UPDATE SET seat_type = excluded.seat_type
"""


_UNPAID = """
SELECT u.* FROM unnest($1::uuid[]) AS a (agency_id) CROSS JOIN LATERAL (
    SELECT * FROM unpaid WHERE agency_id = a.agency_id ORDER BY place LIMIT $2
) u
UNION
SELECT u.* FROM unpaid u
JOIN unnest($3::uuid[], $4::uuid[]) AS requested (agency_id, member_id) USING (agency_id, member_id)
ORDER BY agency_id, place
"""
_COUNT_UNPAID = "SELECT agency_id, seat_type, count(*) FROM unpaid WHERE agency_id = ANY($1) GROUP BY 1, 2"
_REJOIN = """
WITH gone AS (
    DELETE FROM unpaid WHERE agency_id = $1 AND seat_type = ANY($5)
    RETURNING member_id, seat_type, actor, place
)
INSERT INTO line (agency_id, position, member_id, seat_type, correlation_id, actor, since)
SELECT $1, $2 + row_number() OVER (ORDER BY place), member_id, seat_type, $3, actor, $4 FROM gone
"""
_BLOCK = """
INSERT INTO unpaid (agency_id, member_id, seat_type, actor)
SELECT agency_id, member_id, seat_type, actor
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
     WITH ORDINALITY AS n (agency_id, member_id, seat_type, actor, place)
ORDER BY n.place
ON CONFLICT DO NOTHING
"""
_UNBLOCK = """
DELETE FROM unpaid u USING unnest($1::uuid[], $2::uuid[]) AS gone (agency_id, member_id)
WHERE u.agency_id = gone.agency_id AND u.member_id = gone.member_id
"""
_RETYPE = """
UPDATE unpaid u SET seat_type = corrected.seat_type
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS corrected (agency_id, member_id, seat_type)
WHERE u.agency_id = corrected.agency_id AND u.member_id = corrected.member_id
"""


class SeatsStore:
    """Loads ledgers, and the lines and holders that the batch needs; writes only changed rows."""

    def __init__(self, gather: timedelta) -> None:
        self._gather = gather

    async def load(self, db: asyncpg.Connection[Any], requested: Inputs, now: datetime) -> Mapping[UUID, Seats]:  # noqa: ARG002  nothing here depends on the time
        """The seats of each requested agency. An unknown agency has an empty ledger."""
        states = {agency_id: Seats(agency_id, Ledger(), gather=self._gather) for agency_id in requested}
        for row in await db.fetch(LEDGERS, list(requested)):
            state = states[row["agency_id"]]
            state.ledger = state.stored = ledger_of(row)
        in_view = [
            agency_id
            for agency_id, subjects in requested.items()
            if states[agency_id].ledger.someone_waits and any(sees_the_line(subject) for subject in subjects)
        ]
        for state in states.values():
            state.is_whole = not state.ledger.someone_waits
        if in_view:
            await self._load_line(db, states, in_view, named_members(in_view, requested))
        resuming = [
            agency_id for agency_id, subjects in requested.items() if may_resume(states[agency_id].ledger, subjects)
        ]
        if resuming:
            for row in await db.fetch(_UNPAID, resuming, PORTION, *_columns_of(named_members(resuming, requested))):
                states[row["agency_id"]].unpaid.append(_blocked(row))
            for row in await db.fetch(_COUNT_UNPAID, resuming):
                state, seat_type = states[row["agency_id"]], SeatType(row["seat_type"])
                loaded = sum(waiter.seat_type is seat_type for waiter in state.unpaid)
                state.unpaid_rest = state.unpaid_rest.plus(seat_type, row["count"] - loaded)
        named = {
            (agency_id, member_id)
            for agency_id, subjects in requested.items()
            for subject in subjects
            for member_id in may_hold(subject)
        }
        if named:
            for row in await db.fetch(_HOLDERS, *columns(named)):
                states[row["agency_id"]].holders[row["member_id"]] = SeatType(row["seat_type"])
        return states

    async def _load_line(
        self,
        db: asyncpg.Connection[Any],
        states: Mapping[UUID, Seats],
        agencies: Sequence[UUID],
        named: Collection[tuple[UUID, UUID]],
    ) -> None:
        """Load the heads of lines, and the members in line whom messages name."""
        promised = [_promised(states[agency_id].ledger) for agency_id in agencies]
        for row in await db.fetch(_LINE, agencies, promised, PORTION, list(SeatType)):
            state = states[row["agency_id"]]
            if row["position"] not in state.stored_positions:
                (state.line if row["at_head"] else state.beyond).append(_waiter(row))
                state.stored_positions.add(row["position"])
        for state in (states[agency_id] for agency_id in agencies):
            state.is_whole = len(state.line) == sum(count for _, count in state.ledger.waiting)
        beyond = {(agency_id, member_id) for agency_id, member_id in named if not states[agency_id].is_whole}
        rows = await db.fetch(_NAMED_IN_LINE, *_columns_of(beyond)) if beyond else []
        letting_in = [id_ for id_ in agencies if states[id_].ledger.lets_in and not states[id_].is_whole]
        rows += await db.fetch(_LET_IN, letting_in) if letting_in else []
        for row in rows:
            state = states[row["agency_id"]]
            if row["position"] not in state.stored_positions:
                state.named.append(_waiter(row))
                state.stored_positions.add(row["position"])

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Seats]) -> None:
        """Write the changed rows, one statement for each table and kind of change."""
        ledgers = [row_of(s.agency_id, s.ledger) for s in states if s.ledger is not s.stored]
        if ledgers:
            await db.execute(SAVE_LEDGERS, *columns(ledgers))
        joined = [_waiter_row(s.agency_id, w) for s in states for w in s.in_line if _is_unsaved(s, w)]
        if joined:
            await db.execute(_JOIN, *columns(joined))
        left = [(s.agency_id, position) for s in states for position in _left(s)]
        if left:
            await db.execute(_LEAVE, *columns(left))
        unblocked = [(s.agency_id, member_id) for s in states for member_id in s.unblocked]
        if unblocked:
            await db.execute(_UNBLOCK, *columns(unblocked))
        await self._rejoin(db, [(s.agency_id, s.rejoin) for s in states if s.rejoin is not None])
        blocked = [(s.agency_id, w.member_id, w.seat_type, str(w.actor)) for s in states for w in s.blocked.values()]
        if blocked:
            await db.execute(_BLOCK, *columns(blocked))
        retyped = [(s.agency_id, *corrected) for s in states for corrected in s.retyped.items()]
        if retyped:
            await db.execute(_RETYPE, *columns(retyped))
        released = [(s.agency_id, member_id) for s in states for member_id in s.released]
        if released:
            await db.execute(_LET_GO, *columns(released))
        seated = [(s.agency_id, *holder) for s in states for holder in s.seated.items()]
        if seated:
            await db.execute(_HOLD, *columns(seated))

    async def _rejoin(self, db: asyncpg.Connection[Any], rejoining: Sequence[tuple[UUID, Rejoin]]) -> None:
        """Put all members Blocked for payment in line, in order, in one statement for each agency."""
        for agency_id, rejoin in rejoining:
            if rejoin.blocked:
                rows = [(agency_id, w.member_id, w.seat_type, str(w.actor)) for w in rejoin.blocked]
                await db.execute(_BLOCK, *columns(rows))
            await db.execute(_REJOIN, agency_id, rejoin.after, rejoin.correlation_id, rejoin.since, list(rejoin.types))


def _promised(ledger: Ledger) -> int:
    """The position up to which a purchase is under way for the members in line."""
    return ledger.purchase.last if ledger.purchase is not None else FOUNDER - 1


def _columns_of(pairs: Collection[tuple[UUID, UUID]]) -> tuple[list[UUID], list[UUID]]:
    return [agency_id for agency_id, _ in pairs], [member_id for _, member_id in pairs]


def _is_unsaved(state: Seats, waiter: Waiter) -> bool:
    return waiter.position not in state.stored_positions or waiter.position in state.changed_positions


def _left(state: Seats) -> set[int]:
    return state.stored_positions - {waiter.position for waiter in state.in_line}


def _waiter(row: asyncpg.Record) -> Waiter:
    return Waiter(
        position=row["position"],
        member_id=row["member_id"],
        seat_type=SeatType(row["seat_type"]),
        correlation_id=row["correlation_id"],
        actor=Actor.parse(row["actor"]),
        since=row["since"],
        blocked=BlockedReason(row["blocked"]) if row["blocked"] is not None else None,
    )


def _blocked(row: asyncpg.Record) -> Waiter:
    seat_type, actor = SeatType(row["seat_type"]), Actor.parse(row["actor"])
    return Waiter(position=0, member_id=row["member_id"], seat_type=seat_type, correlation_id=UUID(int=0), actor=actor)


def _waiter_row(agency_id: UUID, w: Waiter) -> tuple[object, ...]:
    return (agency_id, w.position, w.member_id, w.seat_type, w.correlation_id, str(w.actor), w.since, w.blocked)
