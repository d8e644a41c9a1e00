"""A guard: the changes that remove it from a copy of the source, and what the simulation must then find."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.support.packages import SOURCE

ROOT = Path(__file__).parents[2]
COPIED = (*SOURCE, "tests")


@dataclass(frozen=True)
class Change:
    """A text that occurs once in a file, and its replacement."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Guard:
    """One guard: the changes that remove it, and the invariants of which one must then be violated."""

    name: str
    finds: frozenset[str]
    changes: tuple[Change, ...]
    favors: tuple[str, ...] = ()
    """The plots that lead to what the guard prevents; the seeds that look for its removal play them more often."""

    def remove_from(self, folder: Path) -> Path:
        """Copy the source and remove the guard; raise LookupError if a quoted text does not occur exactly once."""
        for part in COPIED:
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        for change in self.changes:
            source = (folder / change.path).read_text()
            if source.count(change.old) != 1:
                raise LookupError(f"{self.name}: {change.path} does not contain this exactly once:\n{change.old}")
            (folder / change.path).write_text(source.replace(change.old, change.new))
        return folder
