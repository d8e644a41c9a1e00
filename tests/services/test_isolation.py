"""A service's database role can use its own schema and no other service's."""

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
