"""The migrations that a release has shipped, and what a file may do to a schema that an earlier release still uses.

`python -m tests.support.released_migrations` records the present files; whoever makes a release runs it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from contracts.vocabulary import Service
from hosting.migrations import CHASSIS_SCHEMA, Migration
from tests.support.migrated import HOME

RECORD = Path(__file__).with_name("released_migrations.toml")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_REMOVALS = {
    "drops what is read": r"\bDROP\s+(?:TABLE|VIEW|COLUMN|SCHEMA|TYPE|FUNCTION|DEFAULT)\b",
    "renames": r"\bRENAME\b",
    "changes a type": r"\bALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE\b",
    "demands a value that is not written yet": r"\bSET\s+NOT\s+NULL\b",
    "deletes rows": r"\b(?:TRUNCATE|DELETE\s+FROM)\b",
}
_NEW_COLUMN = re.compile(r"\bADD\s+COLUMN\s+[^,;]*", re.IGNORECASE)


class Record(NamedTuple):
    """The file `released_migrations.toml`."""

    checksums: Mapping[str, str]
    """By the path of each file that a release has shipped."""
    contracts: Mapping[str, str]
    """By the path of each file that removes something: since which release nothing reads or writes it."""


def recorded() -> Record:
    record = tomllib.loads(RECORD.read_text())
    return Record(record["released"], record["contracts"])


def present() -> dict[str, Migration]:
    """Every migration of this tree, by its path."""
    folders = [CHASSIS_SCHEMA, *(HOME / service.value / "schema" for service in Service)]
    top = HOME.parent
    return {
        str(path.relative_to(top)): Migration(path.name, path.read_text())
        for folder in folders
        for path in sorted(folder.glob("*.sql"))
    }


def problems(record: Record, files: Mapping[str, Migration]) -> Iterator[str]:
    """What is wrong with these files, in sentences."""
    for path, checksum in record.checksums.items():
        if path not in files:
            yield f"{path} was released and is gone: databases have run it"
        elif files[path].checksum != checksum:
            yield f"{path} was released and is edited: databases have run it as it was; write a new file"
    for path, file in files.items():
        if path in record.checksums:
            continue
        folder = Path(path).parent
        last = max((name for name in record.checksums if Path(name).parent == folder), default="")
        if path <= last:
            yield f"{path} comes before {last}, which is released: databases would run it in another order"
        reasons = list(removals(file.sql))
        if reasons and not (file.contracts and path in record.contracts):
            yield f"{path} {' and '.join(reasons)}, which the release before cannot bear: expand now, contract later"
        if file.contracts and not reasons:
            yield f"{path} says that it contracts, and removes nothing"


def removals(sql: str) -> Iterator[str]:
    """Why the release before cannot run on the schema after this file."""
    text = _COMMENT.sub(" ", sql)
    for reason, pattern in _REMOVALS.items():
        if re.search(pattern, text, re.IGNORECASE):
            yield reason
    for column in _NEW_COLUMN.findall(text):
        if re.search(r"\bNOT\s+NULL\b", column, re.IGNORECASE) and not re.search(r"\bDEFAULT\b", column, re.IGNORECASE):
            yield "adds a column that the release before does not write"
            return


def record_present() -> None:
    """Add the present files to the record; those that are there already stay as they are."""
    text = RECORD.read_text()
    known = recorded().checksums
    fresh = [f'"{path}" = "{file.checksum}"\n' for path, file in present().items() if path not in known]
    head, tail = text.split("[released]\n")
    RECORD.write_text(f"{head}[released]\n{''.join(fresh)}{tail}")


if __name__ == "__main__":
    record_present()
