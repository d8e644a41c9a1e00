"""The activity log: a batch's lines are added in one statement; pages of it are read, newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import asyncpg

from contracts.vocabulary import Actor
from database.postgres import Db, Pool
from services.gateway.model.activity import ActivityFilter, ActivityRow, Kind, Person
from services.gateway.model.changes import AgencyChanges

_LINES_OF_AN_INVOICE = 8
"""The change that made it, and its payment, refunds and disputes; what comes later names no other reason."""


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Add the lines, in the order of their events. A rejected agency has no log, whatever happens to it later."""
    if rows := [(changes.agency_id, line) for changes in states if not changes.gone for line in changes.lines]:
        await db.execute(
            _SAVE,
            [agency_id for agency_id, _ in rows],
            [line.at for _, line in rows],
            [line.kind.value for _, line in rows],
            [line.costs for _, line in rows],
            [line.type for _, line in rows],
            [str(line.actor) for _, line in rows],
            [line.operation_id for _, line in rows],
            [line.data for _, line in rows],
            [_array(line.about) for _, line in rows],
        )


_SAVE = """
INSERT INTO activity (agency_id, at, kind, costs, type, actor, operation_id, data, about)
SELECT u.agency_id, u.at, u.kind, u.costs, u.type, u.actor, u.operation_id, u.data::jsonb, u.about::uuid[]
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::uuid[], $8::text[],
    $9::text[])
    WITH ORDINALITY AS u(agency_id, at, kind, costs, type, actor, operation_id, data, about, place)
WHERE EXISTS (SELECT FROM agencies a WHERE a.agency_id = u.agency_id)
ORDER BY u.place
"""


def _array(ids: Collection[UUID]) -> str:
    """Ids as the text of an array: one parameter holds those of all lines, which differ in number."""
    return f"{{{','.join(map(str, ids))}}}"


async def page(pool: Pool, agency_id: UUID, shown: ActivityFilter, after: int | None, limit: int) -> list[ActivityRow]:
    """The agency's lines below that id (None: the newest), newest first."""
    arguments: list[object] = [agency_id, limit]
    where = ["agency_id = $1"]
    for condition, value in (
        ("id < {}::bigint", after),
        # A purchase is about seats and about money: the filter for money shows it too.
        ("costs" if shown.kind is Kind.MONEY else "kind = {}", shown.kind),
        ("actor = {}", shown.actor and str(shown.actor)),
        ("about @> ARRAY[{}::uuid]", shown.about),
    ):
        if value is not None:
            if "{}" in condition:
                arguments.append(value)
            where.append(condition.format(f"${len(arguments)}"))
    rows = await pool.fetch(
        "SELECT id, at, kind, type, actor, operation_id, data FROM activity"  # noqa: S608  conditions from above
        f" WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT $2",
        *arguments,
    )
    return [_row(row) for row in rows]


async def of_invoices(pool: Pool, agency_id: UUID, invoice_ids: Collection[str]) -> list[ActivityRow]:
    """The agency's lines that name one of these invoices, oldest first."""
    if not invoice_ids:
        return []
    rows = await pool.fetch(
        "SELECT id, at, kind, type, actor, operation_id, data FROM activity"
        " WHERE agency_id = $1 AND costs AND data->'invoice'->>'id' = ANY($2::text[]) ORDER BY id LIMIT $3",
        agency_id,
        list(invoice_ids),
        _LINES_OF_AN_INVOICE * len(invoice_ids),
    )
    return [_row(row) for row in rows]


def _row(row: asyncpg.Record) -> ActivityRow:
    return ActivityRow(
        row["id"],
        row["at"],
        Kind(row["kind"]),
        Actor.parse(row["actor"]),
        row["operation_id"],
        row["type"],
        row["data"],
    )


async def people(pool: Pool, agency_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """The agency's members of these ids, by name and address."""
    if not ids:
        return {}
    rows: Sequence[asyncpg.Record] = await pool.fetch(
        "SELECT member_id, name, email FROM members WHERE agency_id = $1 AND member_id = ANY($2::uuid[])",
        agency_id,
        list(ids),
    )
    return {row["member_id"]: Person(row["name"], row["email"]) for row in rows}


async def newest(pool: Pool, agency_id: UUID) -> int:
    """The id of the agency's newest line; 0 when there is none."""
    newest_id: int = await pool.fetchval("SELECT coalesce(max(id), 0) FROM activity WHERE agency_id = $1", agency_id)
    return newest_id
