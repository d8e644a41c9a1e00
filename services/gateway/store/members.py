"""The members' rows: added and changed as the batch's events say, with the counters of their agencies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from contracts.vocabulary import DEFAULT_LOCALE, mailbox_of
from database.postgres import Db
from services.gateway.model.changes import AgencyChanges, MemberChanges
from services.gateway.store.listed_names import plain_address, plain_letters, sort_key


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Add and change members, move the agencies' counters with them, and end the sessions of removed members."""
    rows = [(agency.agency_id, *member) for agency in states if not agency.gone for member in agency.members.items()]
    named = {row[0] for row in rows if row[2].new is not None or row[2].name}
    locales = await _locales(db, named) if named else {}
    if new := [_new_member_row(*row, locales.get(row[0])) for row in rows if row[2].new is not None]:
        await db.execute(_INSERT, *zip(*new, strict=True))
    if known := [_known_member_row(*row, locales.get(row[0])) for row in rows if row[2].new is None]:
        await db.execute(_UPDATE, *zip(*known, strict=True))
    await _save_mails(db, {agency.agency_id: agency for agency in states if not agency.gone})
    if removed := [(agency_id, member_id) for agency_id, member_id, changes in rows if changes.removed_at is not None]:
        await db.execute(_END_SESSIONS, *zip(*removed, strict=True))


async def _save_mails(db: Db, states: Mapping[UUID, AgencyChanges]) -> None:
    """Mark the members to whom mail could not be delivered, and clear the marks of those to whom it was again."""
    mails = [(agency_id, *mail) for agency_id, changes in states.items() for mail in changes.mails.items()]
    if not mails:
        return
    changed = await db.fetch(
        "UPDATE members m SET mail_failed = u.reason FROM unnest($1::uuid[], $2::uuid[], $3::text[])"
        "  AS u(agency_id, member_id, reason) WHERE m.member_id = u.member_id AND m.agency_id = u.agency_id"
        " AND m.mail_failed IS DISTINCT FROM u.reason RETURNING m.agency_id, m.member_id",
        *zip(*mails, strict=True),
    )
    for row in changed:
        states[row["agency_id"]].member(row["member_id"])  # so that open pages show it


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


_INSERT = f"""
WITH changed AS (
    INSERT INTO members AS m (member_id, agency_id, email, mailbox, plain_address, name, plain_name, sort_key, role,
                              seat_type, status, blocked_reason, plan_type, invited_at, first_login_at, last_seen_at,
                              removed_at, blocked_detail, undo_until)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::bytea[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                         $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::text[],
                         $19::timestamptz[])
    ON CONFLICT (member_id) DO NOTHING
    RETURNING m.agency_id, NULL::text AS was, {_counter("m")} AS stands
)
{_COUNT}"""  # noqa: S608  columns

_UPDATE = f"""
WITH changed AS (
    UPDATE members m SET
        status         = coalesce(u.status, m.status),
        blocked_reason = CASE WHEN u.status IS NULL THEN m.blocked_reason ELSE u.blocked_reason END,
        blocked_detail = CASE WHEN u.status IS NULL THEN m.blocked_detail ELSE u.blocked_detail END,
        plan_type      = CASE WHEN u.status IS NOT NULL THEN u.plan_type
                              WHEN m.status = 'active' THEN coalesce(u.swapped, m.plan_type)
                              ELSE m.plan_type END,
        seat_type      = coalesce(u.seat_type, CASE WHEN m.status = 'active' THEN u.swapped END, m.seat_type),
        role           = coalesce(u.role, m.role),
        invited_at     = coalesce(u.invited_at, m.invited_at),
        first_login_at = coalesce(m.first_login_at, u.first_login_at),
        last_seen_at   = greatest(m.last_seen_at, u.last_seen_at),
        removed_at     = coalesce(u.removed_at, m.removed_at),
        undo_until     = CASE WHEN u.status IS NULL THEN m.undo_until ELSE u.undo_until END,
        reminded_at    = coalesce(u.reminded_at, m.reminded_at),
        email          = coalesce(u.email, m.email),
        mailbox        = coalesce(u.mailbox, m.mailbox),
        plain_address  = coalesce(u.plain_address, m.plain_address),
        name           = coalesce(u.name, m.name),
        plain_name     = coalesce(u.plain_name, m.plain_name),
        sort_key       = coalesce(u.sort_key, m.sort_key)
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::timestamptz[], $13::text[],
                $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::bytea[], $20::timestamptz[],
                $21::uuid[])
        AS u(member_id, role, seat_type, status, blocked_reason, plan_type, invited_at, first_login_at, last_seen_at,
             removed_at, blocked_detail, undo_until, swapped, email, mailbox, plain_address, name, plain_name,
             sort_key, reminded_at, agency_id)
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
        changes.blocked_detail,
        changes.undo_until,
    )


async def _locales(db: Db, agency_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The language of each agency, whose row is written before those of its members."""
    rows = await db.fetch("SELECT agency_id, locale FROM agencies WHERE agency_id = ANY($1::uuid[])", agency_ids)
    return {row["agency_id"]: row["locale"] for row in rows}


def _address(email: str | None) -> tuple[str | None, ...]:
    return (None,) * 3 if email is None else (email, mailbox_of(email), plain_address(email))


def _name(name: str | None, locale: str | None) -> tuple[str | bytes | None, ...]:
    return (None,) * 3 if name is None else (name, plain_letters(name), sort_key(name, locale or DEFAULT_LOCALE))


def _known_member_row(
    agency_id: UUID, member_id: UUID, changes: MemberChanges, locale: str | None
) -> tuple[object, ...]:
    return (
        *_member_row(member_id, changes),
        changes.swapped,
        *_address(changes.email),
        *_name(changes.name, locale),
        changes.reminded_at,
        agency_id,
    )


def _new_member_row(agency_id: UUID, member_id: UUID, changes: MemberChanges, locale: str | None) -> tuple[object, ...]:
    new = changes.new
    if new is None:
        raise ValueError("only a new member is a new row")
    _, role, seat_type, *rest = _member_row(member_id, changes)
    email, name = changes.email or new.email, changes.name or new.name
    return (
        *(member_id, agency_id, *_address(email), *_name(name, locale)),
        *(role or new.role, seat_type or new.seat_type, *rest),
    )
