"""Postgres on a full disk, as its clients see it: writes that need space fail with SQLSTATE 53100, others succeed.

A trigger on each table raises the error in two of three statements, because on a full disk too, what fits into a page
is still written. (Only root can fill a file system of its own. If the write-ahead log finds no space, Postgres ends,
which is the SIGKILL fault.)
"""

from __future__ import annotations

from contracts.vocabulary import Service
from tests.faults.fleet import Fleet

_MAKE = """
CREATE SCHEMA IF NOT EXISTS disk;
CREATE OR REPLACE FUNCTION disk.needs_space() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF random() < 0.67 THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END IF;
    RETURN NULL;
END $$;
"""
_TABLES = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY($1)"


async def fill(fleet: Fleet) -> None:
    """Make writes fail."""
    async with fleet.db() as db:
        await db.execute(_MAKE)
        for (table,) in await db.fetch(_TABLES, [service.value for service in Service]):
            await db.execute(
                f"CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION disk.needs_space()"
            )


async def clear(fleet: Fleet) -> None:
    """Let writes succeed again."""
    async with fleet.db() as db:
        for (table,) in await db.fetch(_TABLES, [service.value for service in Service]):
            await db.execute(f"DROP TRIGGER IF EXISTS disk_is_full ON {table}")
