"""Migrations: numbered files of DDL, and whether a service may start on the schema that it finds.

A file expands the schema, so that the release before goes on beside it, unless its first line begins with
`-- contract:`. Such a file removes something, and a release that does not know the file must not start any more.

A line `-- extensions: pg_trgm, btree_gin` names the extensions of Postgres that a file needs. They are made before it,
by the user who migrates: the owner of the tables may not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import asyncpg

import chassis
from contracts.vocabulary import Service
from database.postgres import Pool

CHASSIS_SCHEMA = Path(chassis.__file__).parent / "schema"
_CONTRACT = "-- contract:"
_EXTENSIONS = re.compile(r"^-- extensions: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of DDL; `name` is unique within a service's schema."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Of the text, so that a file changed after it ran is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def contracts(self) -> bool:
        """Whether the file removes what an earlier release may read or write."""
        return self.sql.startswith(_CONTRACT)

    @property
    def extensions(self) -> list[str]:
        """The names of the extensions of Postgres that the file needs."""
        return [name.strip() for names in _EXTENSIONS.findall(self.sql) for name in names.split(",")]


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that has run in a schema, as its table `migrations` has it."""

    name: str
    contracts: bool


def migrations(folder: Path) -> list[Migration]:
    """The chassis's own files, then the service's, each in the order of their numbers."""
    return [
        Migration(f"{origin}/{path.name}", path.read_text())
        for origin, where in (("chassis", CHASSIS_SCHEMA), ("service", folder))
        for path in sorted(where.glob("*.sql"))
    ]


def files_of(service: ModuleType) -> list[Migration]:
    """The files of the service whose `app` module this is."""
    return migrations(Path(str(service.__file__)).with_name("schema"))


async def applied_in(pool: Pool) -> list[Applied]:
    """The files that have run in the pool's schema. None, if it was never migrated, or by a release of long ago."""
    try:
        rows = await pool.fetch("SELECT name, contracts FROM migrations")
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        return []
    return [Applied(row["name"], row["contracts"]) for row in rows]


def why_not_start(service: Service, known: Sequence[Migration], applied: Sequence[Applied]) -> str | None:
    """Why a release that knows these files must not run on a schema in which those have run; None if it may.

    A newer schema that was only expanded is fine: the release before runs on it beside the new one, and after a
    rollback. An older schema is not.
    """
    names = {migration.name for migration in known}
    newer = sorted(file.name for file in applied if file.contracts and file.name not in names)
    if newer:
        return (
            f"The schema of {service} is newer than this release: {newer[0]} has removed what this release may use. "
            f"Run a release that has this file."
        )
    missing = sorted(names - {file.name for file in applied})
    if missing:
        return (
            f"The schema of {service} is older than this release: it lacks {missing[0]}. "
            f"Run `headcount migrate` of this release first."
        )
    return None
