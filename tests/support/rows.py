"""What the services' tables hold, row by row, for tests that say what must not change."""

from collections import Counter, defaultdict
from collections.abc import Collection
from uuid import UUID

from chassis.postgres import Db
from contracts.vocabulary import Service

Held = dict[str, list[str]]
"""By table, such as "seats.ledgers": its rows as text, sorted."""
_TABLES = """
SELECT t.table_schema || '.' || t.table_name AS name,
    EXISTS (SELECT FROM information_schema.columns c WHERE c.table_schema = t.table_schema
            AND c.table_name = t.table_name AND c.column_name = 'agency_id') AS of_agencies
FROM information_schema.tables t
WHERE t.table_schema = ANY($1) AND t.table_type = 'BASE TABLE'
"""


async def held(db: Db, *, agency_id: UUID | None = None, besides: Collection[str] = ()) -> Held:
    """Every service's rows: with `agency_id` that agency's, and the whole of each table that knows no agency.

    `besides` are tables to leave out, whole ("gateway.rates") or but for a column ("seats.actors.heard").
    """
    tables = {row["name"]: row["of_agencies"] for row in await db.fetch(_TABLES, [one.value for one in Service])}
    parts = []
    for name in sorted(tables.keys() - set(besides)):
        dropped = [one.rpartition(".")[2] for one in besides if one.rpartition(".")[0] == name]
        row = f"to_jsonb(x) - '{{{','.join(dropped)}}}'::text[]"
        where = "WHERE x.agency_id = $1" if agency_id is not None and tables[name] else ""
        parts.append(f"SELECT '{name}' AS name, ({row})::text AS row FROM {name} x {where}")
    given = [agency_id] if agency_id is not None else []
    found: dict[str, list[str]] = defaultdict(list)
    for row in await db.fetch(" UNION ALL ".join(parts), *given):
        found[row["name"]].append(row["row"])
    return {name: sorted(rows) for name, rows in found.items()}


def changes(before: Held, after: Held) -> dict[str, tuple[list[str], list[str]]]:
    """By table, the rows that are gone and those that are new; empty when nothing changed."""
    return {
        name: (
            list((Counter(before.get(name, [])) - Counter(after.get(name, []))).elements()),
            list((Counter(after.get(name, [])) - Counter(before.get(name, []))).elements()),
        )
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
