"""Migrate: the roles and the schemas of the services, and their numbered DDL files, each file run once.

A schema and its tables belong to the role `<service>_owner`, which nobody logs in as. The service's own role may read
and write rows, and change no table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import asyncpg

from contracts.vocabulary import Service
from database.postgres import Db
from hosting.migrations import Migration, migrations
from services.cli.environment import saying_why_postgres_fails

_MIGRATION_LOCK = 0x68636D67
_LOCKED = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


class Patience(NamedTuple):
    """How long a migration waits for the locks of a service's tables.

    Other statements queue up behind a lock that a migration waits for. So one attempt waits for less than the two
    seconds after which a service's own statement fails, and leaves room before the next.
    """

    seconds: float = 1.0
    pause: float = 2.0
    tries: int = 30


class ChangedMigrationError(RuntimeError):
    """A migration that has already run is not the same file any more."""


class LockedError(RuntimeError):
    """Another transaction has held a lock on a service's table for the whole of our patience."""


async def migrate(
    admin_dsn: str,
    schemas: Mapping[Service, Path],
    passwords: Mapping[Service, str],
    patience: Patience = Patience(),  # noqa: B008  it cannot be changed
) -> list[str]:
    """Bring every service's role, schema and tables up to date; returns what was done.

    Runs under a lock, so that two at once do the work once. ChangedMigrationError when a file that has run was edited;
    LockedError when a table stays locked. Either leaves that service as it was.
    """
    done: list[str] = []
    with saying_why_postgres_fails():
        db = await asyncpg.connect(admin_dsn)
    try:
        await db.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        for service, folder in schemas.items():
            done += await _make_roles(db, service, passwords[service])
            done += await _until_unlocked(db, service, migrations(folder), patience)
    finally:
        await db.close()
    return done


def owner_of(service: Service) -> str:
    """The role that owns the service's schema and tables."""
    return f"{service}_owner"


async def _make_roles(db: Db, service: Service, password: str) -> list[str]:
    done = []
    owner = owner_of(service)
    for role, kind in ((service.value, "LOGIN"), (owner, "NOLOGIN")):
        if not await db.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            await db.execute(f'CREATE ROLE "{role}" {kind}')
            done.append(f"{service}: role {role} made")
    await _become(db, owner)
    secret = await db.fetchval("SELECT quote_literal($1)", password)
    await db.execute(f'ALTER ROLE "{service}" LOGIN PASSWORD {secret}')
    if not await db.fetchval("SELECT true FROM pg_namespace WHERE nspname = $1", service.value):
        await db.execute(f'CREATE SCHEMA "{service}" AUTHORIZATION "{owner}"')
        done.append(f"{service}: schema made")
    return done


async def _become(db: Db, role: str) -> None:
    """The administrator of a managed Postgres may make roles, and since Postgres 16 becomes none of them by that."""
    if not await db.fetchval(_MAY_BECOME, role):
        await db.execute(f'GRANT "{role}" TO CURRENT_USER')


_MAY_BECOME = """
SELECT rolsuper OR CASE
    WHEN current_setting('server_version_num')::int >= 160000 THEN pg_has_role(rolname, $1::name, 'SET')
    ELSE pg_has_role(rolname, $1::name, 'MEMBER')
END FROM pg_roles WHERE rolname = current_user
"""


async def _until_unlocked(db: Db, service: Service, files: list[Migration], patience: Patience) -> list[str]:
    for left in reversed(range(patience.tries)):
        try:
            async with db.transaction():
                await db.execute(f"SET LOCAL lock_timeout = {round(patience.seconds * 1000)}")
                return await _run(db, service, files)
        except _LOCKED as locked:
            if not left:
                raise LockedError(
                    f"{service}: another transaction holds a lock on one of its tables, and {patience.tries} attempts "
                    f"did not get it. Nothing of {service} was changed. End that transaction (pg_stat_activity shows "
                    f"it), and run this again."
                ) from locked
        await asyncio.sleep(patience.pause)
    raise AssertionError("the last attempt returns or raises")


async def _run(db: Db, service: Service, files: list[Migration]) -> list[str]:
    done = await _take_from_the_service(db, service)
    await db.execute(f'SET LOCAL ROLE "{owner_of(service)}"')
    await db.execute(f'SET LOCAL search_path = "{service}"')
    await db.execute(
        "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text NOT NULL,"
        " at timestamptz NOT NULL DEFAULT now(), contracts boolean NOT NULL DEFAULT false)",
    )
    if not await db.fetchval(_HAS_CONTRACTS):
        await db.execute("ALTER TABLE migrations ADD COLUMN contracts boolean NOT NULL DEFAULT false")
    have = {row["name"]: row["checksum"] for row in await db.fetch("SELECT name, checksum FROM migrations")}
    for file in files:
        if file.name in have:
            if have[file.name] != file.checksum:
                raise ChangedMigrationError(
                    f"{service}: {file.name} was changed after it ran. Nothing of {service} was changed. Take the "
                    f"file back as it was, and write a new one instead."
                )
            continue
        if file.extensions:
            await _make_extensions(db, service, file.extensions)
        await db.execute(file.sql)
        await db.execute(_HAS_RUN, file.name, file.checksum, file.contracts)
        done.append(f"{service}: {file.name}")
    if await db.fetchval(_LACKS_GRANTS, service.value):
        await db.execute(f'GRANT USAGE ON SCHEMA "{service}" TO "{service}"')
        await db.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{service}" TO "{service}"')
        await db.execute(f'REVOKE INSERT, UPDATE, DELETE ON migrations FROM "{service}"')
    return done


async def _make_extensions(db: Db, service: Service, names: list[str]) -> None:
    """Make what is missing in the service's schema, and find what is there in whichever schema the database has it."""
    await db.execute("SET LOCAL ROLE NONE")
    for name in names:
        await db.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" SCHEMA "{service}"')
    homes = await db.fetchval(_HOMES, names)
    await db.execute(f'SET LOCAL ROLE "{owner_of(service)}"')
    await db.execute(f'SET LOCAL search_path = "{service}", {homes}')


_HOMES = """
SELECT string_agg(DISTINCT quote_ident(n.nspname), ', ')
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = ANY($1::text[])
"""
_LACKS_GRANTS = """
SELECT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v') AND NOT has_table_privilege($1, c.oid, 'SELECT'))
"""
_HAS_RUN = "INSERT INTO migrations (name, checksum, contracts) VALUES ($1, $2, $3)"
_HAS_CONTRACTS = """
SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'migrations'::regclass AND attname = 'contracts')
"""


async def _take_from_the_service(db: Db, service: Service) -> list[str]:
    """Give the owner what the service's role owned, as in the schemas of earlier releases."""
    if not await db.fetchval(_OWNS, service.value):
        return []
    await _become(db, service.value)
    await db.execute(f'REASSIGN OWNED BY "{service}" TO "{owner_of(service)}"')
    return [f"{service}: its tables now belong to {owner_of(service)}"]


_OWNS = """
SELECT EXISTS (
    SELECT FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid JOIN pg_roles r ON r.rolname = $1
    WHERE n.nspname = $1 AND r.oid IN (n.nspowner, c.relowner))
"""
