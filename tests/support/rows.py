"""The rows of the services' tables as text, for tests that state which tables must not change."""

from collections import Counter, defaultdict
from collections.abc import Collection
from uuid import UUID

from contracts.vocabulary import Service
from database.postgres import Db

TableRows = dict[str, list[str]]
"""By table, such as "seats.ledgers": its rows as text, sorted."""
_TABLES = """
SELECT t.table_schema || '.' || t.table_name AS name,
    EXISTS (SELECT FROM information_schema.columns c WHERE c.table_schema = t.table_schema
            AND c.table_name = t.table_name AND c.column_name = 'agency_id') AS of_agencies
FROM information_schema.tables t
WHERE t.table_schema = ANY($1) AND t.table_type = 'BASE TABLE'
"""


async def read_rows(db: Db, *, agency_id: UUID | None = None, besides: Collection[str] = ()) -> TableRows:
    """Return the rows of every service: with `agency_id` that agency's, and all rows of tables without an agency.

    `besides` are tables to leave out, whole ("gateway.rates") or only a column ("gateway.members.removed_at").
    """
    tables = {
        row["name"]: row["of_agencies"] for row in await db.fetch(_TABLES, [service.value for service in Service])
    }
    parts = []
    for name in sorted(tables.keys() - set(besides)):
        dropped = [column.rpartition(".")[2] for column in besides if column.rpartition(".")[0] == name]
        row = f"to_jsonb(x) - '{{{','.join(dropped)}}}'::text[]"
        where = "WHERE x.agency_id = $1" if agency_id is not None and tables[name] else ""
        parts.append(f"SELECT '{name}' AS name, ({row})::text AS row FROM {name} x {where}")
    arguments = [agency_id] if agency_id is not None else []
    rows_by_table: dict[str, list[str]] = defaultdict(list)
    for row in await db.fetch(" UNION ALL ".join(parts), *arguments):
        rows_by_table[row["name"]].append(row["row"])
    return {name: sorted(rows) for name, rows in rows_by_table.items()}


def changes(before: TableRows, after: TableRows) -> dict[str, tuple[list[str], list[str]]]:
    """Return, by table, the rows that are gone and the rows that are new. The result is empty if nothing changed."""
    return {
        name: (
            list((Counter(before.get(name, [])) - Counter(after.get(name, []))).elements()),
            list((Counter(after.get(name, [])) - Counter(before.get(name, []))).elements()),
        )
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
