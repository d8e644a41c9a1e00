"""Migrations: the roles, the schemas and the numbered DDL files of the services, each file run once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

import chassis
from contracts.vocabulary import Service
from database.postgres import Db
from services.cli.environment import saying_why_postgres_fails

CHASSIS_SCHEMA = Path(chassis.__file__).parent / "schema"
_MIGRATION_LOCK = 0x68636D67


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of DDL; `name` is unique within a service's schema."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Of the text, so that a file changed after it ran is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


class ChangedMigrationError(RuntimeError):
    """A migration that has already run is not the same file any more."""


def migrations(folder: Path) -> list[Migration]:
    """The chassis's own files, then the service's, each in the order of their numbers."""
    return [
        Migration(f"{origin}/{path.name}", path.read_text())
        for origin, where in (("chassis", CHASSIS_SCHEMA), ("service", folder))
        for path in sorted(where.glob("*.sql"))
    ]


async def migrate(admin_dsn: str, schemas: Mapping[Service, Path], passwords: Mapping[Service, str]) -> list[str]:
    """Bring every service's role, schema and tables up to date; returns what was done.

    Runs under a lock, so that two at once do the work once. ChangedMigrationError when a file that has run was edited.
    """
    done: list[str] = []
    with saying_why_postgres_fails():
        db = await asyncpg.connect(admin_dsn)
    try:
        await db.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        for service, folder in schemas.items():
            done += await _make_role(db, service, passwords[service])
            done += await _run(db, service, migrations(folder))
    finally:
        await db.close()
    return done


async def _make_role(db: Db, service: Service, password: str) -> list[str]:
    done = []
    if not await db.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", service.value):
        await db.execute(f'CREATE ROLE "{service}" LOGIN')
        done.append(f"{service}: role made")
    if not await db.fetchval(_MAY_BECOME, service.value):
        # The administrator of a managed Postgres may make roles, and since Postgres 16 becomes none of them by that.
        await db.execute(f'GRANT "{service}" TO CURRENT_USER')
    secret = await db.fetchval("SELECT quote_literal($1)", password)
    await db.execute(f'ALTER ROLE "{service}" LOGIN PASSWORD {secret}')
    if not await db.fetchval("SELECT true FROM pg_namespace WHERE nspname = $1", service.value):
        await db.execute(f'CREATE SCHEMA "{service}" AUTHORIZATION "{service}"')
        done.append(f"{service}: schema made")
    return done


_MAY_BECOME = """
SELECT rolsuper OR CASE
    WHEN current_setting('server_version_num')::int >= 160000 THEN pg_has_role(rolname, $1::name, 'SET')
    ELSE pg_has_role(rolname, $1::name, 'MEMBER')
END FROM pg_roles WHERE rolname = current_user
"""


async def _run(db: Db, service: Service, inputs: list[Migration]) -> list[str]:
    done = []
    async with db.transaction():
        await db.execute(f'SET LOCAL ROLE "{service}"')
        await db.execute(f'SET LOCAL search_path = "{service}"')
        await db.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (name text PRIMARY KEY, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())",
        )
        have = {row["name"]: row["checksum"] for row in await db.fetch("SELECT name, checksum FROM migrations")}
        for migration in inputs:
            if migration.name in have:
                if have[migration.name] != migration.checksum:
                    raise ChangedMigrationError(
                        f"{service}: {migration.name} was changed after it ran; write a new file instead"
                    )
                continue
            await db.execute(migration.sql)
            await db.execute(
                "INSERT INTO migrations (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum
            )
            done.append(f"{service}: {migration.name}")
    return done
