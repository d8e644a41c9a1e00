"""Postgres on a full disk, as its clients see it: what wants room fails with SQLSTATE 53100, what needs none goes on.

A trigger that a superuser puts on each table raises it, in two statements of three: on a disk that is really full, too,
what still fits into a page is written. (A file system of its own could be filled only by root, and when the log of
transactions finds no room, Postgres ends, which is its SIGKILL.)
"""

from __future__ import annotations

from contracts.vocabulary import Service
from tests.faults.fleet import Fleet

_MAKE = """
CREATE SCHEMA IF NOT EXISTS disk;
CREATE OR REPLACE FUNCTION disk.wants_room() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF random() < 0.67 THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END IF;
    RETURN NULL;
END $$;
"""
_TABLES = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY($1)"


async def fill(fleet: Fleet) -> None:
    """No room from now on."""
    async with fleet.db() as db:
        await db.execute(_MAKE)
        for (table,) in await db.fetch(_TABLES, [service.value for service in Service]):
            await db.execute(
                f"CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION disk.wants_room()"
            )


async def clear(fleet: Fleet) -> None:
    """There is room again."""
    async with fleet.db() as db:
        for (table,) in await db.fetch(_TABLES, [service.value for service in Service]):
            await db.execute(f"DROP TRIGGER IF EXISTS disk_is_full ON {table}")
