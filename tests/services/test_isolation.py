"""A service's database role can use the rows of its own schema, and no other service's, and changes no table."""

import asyncpg
import pytest

from contracts.vocabulary import Service
from hosting.settings import with_role
from tests.support.one_service import PASSWORD


@pytest.mark.parametrize("role", list(Service))
async def test_a_services_role_cannot_read_or_write_another_services_tables(migrated: str, role: Service) -> None:
    db = await asyncpg.connect(with_role(migrated, role, PASSWORD))
    try:
        tables = await db.fetch("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1)", list(Service))
        assert {row["schemaname"] for row in tables} == set(Service)
        for row in tables:
            name = f'"{row["schemaname"]}"."{row["tablename"]}"'
            if row["schemaname"] == role:
                await db.execute(f"SELECT 1 FROM {name} LIMIT 1")
                continue
            for statement in (f"SELECT 1 FROM {name}", f"DELETE FROM {name}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await db.execute(statement)
    finally:
        await db.close()


@pytest.mark.parametrize("role", list(Service))
async def test_a_services_role_reads_and_writes_the_rows_of_its_tables_and_changes_no_table(
    migrated: str, role: Service
) -> None:
    db = await asyncpg.connect(with_role(migrated, role, PASSWORD), server_settings={"search_path": role.value})
    try:
        for row in await db.fetch("SELECT tablename, tableowner FROM pg_tables WHERE schemaname = $1", role):
            table = row["tablename"]
            assert row["tableowner"] == f"{role}_owner"
            for change in (f"ALTER TABLE {table} ADD COLUMN n integer", f"DROP TABLE {table}", f"TRUNCATE {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await db.execute(change)
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                may = await db.fetchval("SELECT has_table_privilege($1, $2)", table, right)
                assert may is (table != "migrations" or right == "SELECT"), (table, right)
        for change in ("CREATE TABLE more (n integer)", f"DROP SCHEMA {role}", f"SET ROLE {role}_owner"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute(change)
    finally:
        await db.close()
