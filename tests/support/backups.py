"""Backups as docs/operations.md takes and restores them: by Postgres's own tools, of all schemas or of one."""

import asyncio
from collections.abc import Collection
from pathlib import Path

from contracts.vocabulary import Service
from deploy.local.postgres import binaries


async def back_up(database: str, file: Path) -> None:
    """Write every service's schema, as they stand at one moment, to a file."""
    await _run("pg_dump", "--format=custom", f"--file={file}", *_schemas(tuple(Service)), database)


async def restore(database: str, file: Path, services: Collection[Service] = tuple(Service)) -> None:
    """Bring these services' schemas back; the others stay as they are."""
    options = ("--clean", "--if-exists", "--single-transaction")
    await _run("pg_restore", *options, *_schemas(services), f"--dbname={database}", str(file))


def _schemas(services: Collection[Service]) -> list[str]:
    return [f"--schema={service}" for service in services]


async def _run(program: str, *arguments: str) -> None:
    running = await asyncio.create_subprocess_exec(binaries() / program, *arguments, stderr=asyncio.subprocess.PIPE)
    _, said = await running.communicate()
    assert running.returncode == 0, said.decode()
