"""The projection's writes: a batch's news of all agencies together, in one statement a table, and one wake-up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from chassis.actor import Inputs
from contracts.vocabulary import mailbox_of
from services.gateway.domain.listed_name import listed_name
from services.gateway.model.changes import AgencyChanges, MemberChanges
from services.gateway.model.request_state import Desk
from services.gateway.store import activity as store_activity
from services.gateway.store import api_keys as store_api_keys
from services.gateway.store import invitations as store_invitations
from services.gateway.store import plan as store_plan
from services.gateway.store import request_state as store_request_state
from services.gateway.store import seat_days as store_seat_days

Db: TypeAlias = "asyncpg.Connection[Any]"
CHANNEL = "gateway_projected"
_NOTIFY_BYTES = 7900
"""Postgres takes less than 8000 bytes in one notification."""
_ID_CHARS = 33
"""An id in hex and the comma before it."""


class GatewayStore:
    """Loads only what requests need; events need nothing loaded."""

    async def load(self, db: Db, wanted: Inputs, now: datetime) -> Mapping[UUID, AgencyChanges]:
        """A blank sheet for each agency, and one desk for all of them."""
        request_state = Desk()
        asked = [one for group in wanted.values() for one in group]
        await store_request_state.load(db, request_state, asked, now)
        await store_invitations.load(db, request_state, asked)
        await store_api_keys.load(db, request_state, wanted)
        return {agency_id: AgencyChanges(agency_id, request_state) for agency_id in wanted}

    async def save(self, db: Db, states: Collection[AgencyChanges]) -> None:
        """Write what was said and asked; wake who waits for it when it commits."""
        if not states:
            return
        await _save_agencies(db, states)
        await _save_members(db, states)
        await store_invitations.project(db, states)
        await store_seat_days.save(db, states)
        await store_plan.save(db, states)
        await store_activity.save(db, states)
        request_state = next(iter(states)).request_state
        await store_request_state.save(db, request_state)
        await store_invitations.save(db, request_state)
        await store_api_keys.save(db, request_state)
        ended = await _end_operations(db, states)
        told = await _feed(db, states)
        await _wake(db, ended, told)


async def _save_agencies(db: Db, states: Collection[AgencyChanges]) -> None:
    if founded := [one.founded for one in states if one.founded is not None]:
        await db.execute(
            "INSERT INTO agencies (agency_id, name, domain, cycle)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) ON CONFLICT (agency_id) DO NOTHING",
            [one.agency_id for one in states if one.founded is not None],
            [event.name for event in founded],
            [event.domain for event in founded],
            [event.cycle.value for event in founded],
        )
    if changed := [one for one in states if _is_news(one)]:
        await db.execute(_UPDATE_AGENCIES, *zip(*(_agency_row(one) for one in changed), strict=True))
    if gone := [one.agency_id for one in states if one.gone]:
        await db.execute(
            "WITH dropped AS (DELETE FROM members WHERE agency_id = ANY($1::uuid[])),"
            " lines AS (DELETE FROM activity WHERE agency_id = ANY($1::uuid[])),"
            " days AS (DELETE FROM seat_days WHERE agency_id = ANY($1::uuid[]))"
            " DELETE FROM agencies WHERE agency_id = ANY($1::uuid[])",
            gone,
        )


_UPDATE_AGENCIES = """
UPDATE agencies a SET
    open            = a.open OR u.open,
    purchased_base  = coalesce(u.purchased_base, a.purchased_base),
    purchased_voice = coalesce(u.purchased_voice, a.purchased_voice),
    incoming_base   = coalesce(u.incoming_base, a.incoming_base),
    incoming_voice  = coalesce(u.incoming_voice, a.incoming_voice),
    waiting_base    = coalesce(u.waiting_base, a.waiting_base),
    waiting_voice   = coalesce(u.waiting_voice, a.waiting_voice),
    unsettled_base  = coalesce(u.unsettled_base, a.unsettled_base),
    unsettled_voice = coalesce(u.unsettled_voice, a.unsettled_voice),
    paused          = CASE WHEN u.incoming_base IS NULL THEN a.paused ELSE u.paused END,
    frozen          = CASE WHEN u.incoming_base IS NULL THEN a.frozen ELSE u.frozen END,
    auto_add        = coalesce(u.auto_add, a.auto_add),
    baa_version     = coalesce(u.baa_version, a.baa_version),
    baa_signer_id   = coalesce(u.baa_signer_id, a.baa_signer_id),
    baa_signer_name = coalesce(u.baa_signer_name, a.baa_signer_name),
    baa_signer_title = coalesce(u.baa_signer_title, a.baa_signer_title),
    baa_signed_at   = coalesce(u.baa_signed_at, a.baa_signed_at),
    domain          = coalesce(u.domain, a.domain)
FROM unnest($1::uuid[], $2::boolean[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::text[],
            $10::boolean[], $11::text[], $12::uuid[], $13::text[], $14::text[], $15::timestamptz[], $16::int[],
            $17::int[], $18::text[], $19::text[])
    AS u(agency_id, open, purchased_base, purchased_voice, incoming_base, incoming_voice, waiting_base, waiting_voice,
         paused, auto_add, baa_version, baa_signer_id, baa_signer_name, baa_signer_title, baa_signed_at,
         unsettled_base, unsettled_voice, frozen, domain)
WHERE a.agency_id = u.agency_id
"""


def _is_news(one: AgencyChanges) -> bool:
    return bool(one.opened or one.capacity or one.auto_add is not None or one.baa or one.domain)


def _agency_row(one: AgencyChanges) -> tuple[object, ...]:
    capacity, baa = one.capacity, one.baa
    purchased = capacity.purchased if capacity else one.purchased
    return (
        one.agency_id,
        one.opened,
        purchased.base if purchased else None,
        purchased.voice if purchased else None,
        capacity.incoming.base if capacity else None,
        capacity.incoming.voice if capacity else None,
        capacity.waiting.base if capacity else None,
        capacity.waiting.voice if capacity else None,
        capacity.paused.value if capacity and capacity.paused else None,
        one.auto_add,
        baa.version if baa else None,
        baa.signer_id if baa else None,
        baa.signer_name if baa else None,
        baa.signer_title if baa else None,
        baa.signed_at if baa else None,
        capacity.unsettled.base if capacity else None,
        capacity.unsettled.voice if capacity else None,
        capacity.frozen.value if capacity and capacity.frozen else None,
        one.domain,
    )


def _member_news(states: Collection[AgencyChanges]) -> Iterator[tuple[UUID, UUID, MemberChanges]]:
    for one in states:
        if not one.gone:
            for member_id, changes in one.members.items():
                yield one.agency_id, member_id, changes


async def _save_members(db: Db, states: Collection[AgencyChanges]) -> None:
    rows = list(_member_news(states))
    if new := [_new_member_row(*row) for row in rows if row[2].new is not None]:
        await db.execute(_INSERT_MEMBERS, *zip(*new, strict=True))
    if known := [_known_member_row(*row) for row in rows if row[2].new is None]:
        await db.execute(_UPDATE_MEMBERS, *zip(*known, strict=True))
    if removed := [(agency_id, member_id) for agency_id, member_id, changes in rows if changes.removed_at is not None]:
        await db.execute(_END_SESSIONS, *zip(*removed, strict=True))


_END_SESSIONS = """
DELETE FROM sessions s USING unnest($1::uuid[], $2::uuid[]) AS u(agency_id, member_id)
WHERE s.agency_id = u.agency_id AND s.member_id = u.member_id
"""


# A change of a member moves the agency's counters in the same statement: `was` and `stands` name the counter it left
# and the one it is in now.
_COUNT = """
, moved AS (
    SELECT agency_id, stands AS counter, 1 AS by FROM changed WHERE stands IS DISTINCT FROM was
    UNION ALL SELECT agency_id, was, -1 FROM changed WHERE was IS NOT NULL AND stands IS DISTINCT FROM was
)
UPDATE agencies a SET
    invited       = a.invited + n.invited,
    pending_login = a.pending_login + n.pending_login,
    active_base   = a.active_base + n.active_base,
    active_voice  = a.active_voice + n.active_voice,
    blocked       = a.blocked + n.blocked,
    removed       = a.removed + n.removed
FROM (
    SELECT agency_id,
        coalesce(sum(by) FILTER (WHERE counter = 'invited'), 0) AS invited,
        coalesce(sum(by) FILTER (WHERE counter = 'pending_login'), 0) AS pending_login,
        coalesce(sum(by) FILTER (WHERE counter = 'active_base'), 0) AS active_base,
        coalesce(sum(by) FILTER (WHERE counter = 'active_voice'), 0) AS active_voice,
        coalesce(sum(by) FILTER (WHERE counter = 'blocked'), 0) AS blocked,
        coalesce(sum(by) FILTER (WHERE counter = 'removed'), 0) AS removed
    FROM moved GROUP BY agency_id
) n
WHERE a.agency_id = n.agency_id
"""


def _counter(row: str) -> str:
    return f"CASE {row}.status WHEN 'active' THEN 'active_' || {row}.plan_type ELSE {row}.status END"


_INSERT_MEMBERS = f"""
WITH changed AS (
    INSERT INTO members AS m (member_id, agency_id, email, mailbox, name, sort_name, role, seat_type, status,
                              blocked_reason, plan_type, invited_at, first_login_at, last_seen_at, removed_at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[],
                         $14::timestamptz[], $15::timestamptz[])
    ON CONFLICT (member_id) DO NOTHING
    RETURNING m.agency_id, NULL::text AS was, {_counter("m")} AS stands
)
{_COUNT}"""  # noqa: S608  columns

_UPDATE_MEMBERS = f"""
WITH changed AS (
    UPDATE members m SET
        status         = coalesce(u.status, m.status),
        blocked_reason = CASE WHEN u.status IS NULL THEN m.blocked_reason ELSE u.blocked_reason END,
        plan_type      = CASE WHEN u.status IS NOT NULL THEN u.plan_type
                              WHEN m.status = 'active' THEN coalesce(u.swapped, m.plan_type)
                              ELSE m.plan_type END,
        seat_type      = coalesce(u.seat_type, CASE WHEN m.status = 'active' THEN u.swapped END, m.seat_type),
        role           = coalesce(u.role, m.role),
        invited_at     = coalesce(u.invited_at, m.invited_at),
        first_login_at = coalesce(m.first_login_at, u.first_login_at),
        last_seen_at   = greatest(m.last_seen_at, u.last_seen_at),
        removed_at     = coalesce(u.removed_at, m.removed_at),
        email          = coalesce(u.email, m.email),
        mailbox        = coalesce(u.mailbox, m.mailbox),
        name           = coalesce(u.name, m.name),
        sort_name      = coalesce(u.sort_name, m.sort_name)
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[],
                $14::text[], $15::text[], $16::uuid[])
        AS u(member_id, role, seat_type, status, blocked_reason, plan_type, invited_at, first_login_at, last_seen_at,
             removed_at, swapped, email, mailbox, name, sort_name, agency_id)
    WHERE m.member_id = u.member_id AND m.agency_id = u.agency_id
    RETURNING new.agency_id, {_counter("old")} AS was, {_counter("new")} AS stands
)
{_COUNT}"""  # noqa: S608  columns


def _member_row(member_id: UUID, changes: MemberChanges) -> tuple[object, ...]:
    return (
        member_id,
        changes.role,
        changes.seat_type,
        changes.status,
        changes.blocked_reason,
        changes.plan_type,
        changes.invited_at,
        changes.first_login_at,
        changes.last_seen_at,
        changes.removed_at,
    )


def _known_member_row(agency_id: UUID, member_id: UUID, changes: MemberChanges) -> tuple[object, ...]:
    email, name = changes.email, changes.name
    return (
        *_member_row(member_id, changes),
        changes.swapped,
        *(email, email and mailbox_of(email), name, name and listed_name(name)),
        agency_id,
    )


def _new_member_row(agency_id: UUID, member_id: UUID, changes: MemberChanges) -> tuple[object, ...]:
    new = changes.new
    if new is None:
        raise ValueError("only a new member is a new row")
    _, role, seat_type, *rest = _member_row(member_id, changes)
    email, name = changes.email or new.email, changes.name or new.name
    return (
        *(member_id, agency_id, email, mailbox_of(email), name, listed_name(name)),
        *(role or new.role, seat_type or new.seat_type, *rest),
    )


async def _end_operations(db: Db, states: Collection[AgencyChanges]) -> list[UUID]:
    ends = [(one, end) for one in states for end in one.ends]
    if not ends:
        return []
    rows = await db.fetch(
        "UPDATE operations o SET state = u.state, outcome = u.outcome, code = u.code, figures = u.figures,"
        "  member_id = coalesce(u.member_id, o.member_id), sealed = u.sealed, result = u.result,"
        "  finished_at = clock_timestamp()"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[], $8::text[],"
        "   $9::jsonb[]) AS u(id, agency_id, outcome, state, code, figures, member_id, sealed, result)"
        " WHERE o.id = u.id AND o.agency_id = u.agency_id AND o.state = 'running' AND u.outcome = ANY(o.outcomes)"
        " RETURNING o.id",
        [end.command_id for _, end in ends],
        [one.agency_id for one, _ in ends],
        [end.outcome for _, end in ends],
        [end.state.value for _, end in ends],
        [end.code for _, end in ends],
        [end.figures for _, end in ends],
        [end.member_id for _, end in ends],
        [end.sealed for _, end in ends],
        [end.result for _, end in ends],
    )
    return [row["id"] for row in rows]


async def _feed(db: Db, states: Collection[AgencyChanges]) -> list[UUID]:
    changed = [one for one in states if (one.members or one.parts) and not one.gone]
    if changed:
        await db.execute(
            "INSERT INTO feed (agency_id, members, parts, at)"
            " SELECT u.agency_id, u.members::uuid[], u.parts::text[], u.at"
            " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS u(agency_id, members, parts, at)",
            [one.agency_id for one in changed],
            [_array(one.members) for one in changed],
            [_array(one.parts) for one in changed],
            [one.at for one in changed],
        )
    return [one.agency_id for one in changed]


def _array(values: Collection[object]) -> str:
    """An array in Postgres's own spelling: rows of unlike length cannot be handed over as one array of arrays."""
    return "{" + ",".join(str(value) for value in values) + "}"


async def _wake(db: Db, ended: Sequence[UUID], told: Sequence[UUID]) -> None:
    if payloads := [*_payloads("o", ended), *_payloads("a", told)]:
        await db.execute("SELECT pg_notify($1, p) FROM unnest($2::text[]) p", CHANNEL, payloads)


def _payloads(kind: str, ids: Sequence[UUID]) -> Iterator[str]:
    """Notifications that name these ids: `o` operations that ended, `a` agencies that have news."""
    size = _NOTIFY_BYTES // _ID_CHARS
    for start in range(0, len(ids), size):
        yield kind + ",".join(one.hex for one in ids[start : start + size])
