"""`make mutants`: mutmut changes each rule in every small way that it knows, and tests/domain must notice.

survivors.toml lists the unnoticed changes, each with a reason. A survivor that is not listed fails the command, and so
does a listed change that does not survive.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.packages import SOURCE

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
_NEEDED = (*SOURCE, "tests", "pyproject.toml")
_BETWEEN = "\u01c1"
"""What mutmut writes around a class's name."""
_NAME = re.compile(r"^\s+(\S+__mutmut_\d+): (\w[\w ]*)$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Survivor:
    """A change that no test noticed: the function, the old text, and the new text."""

    where: str
    was: str
    now: str


def main() -> int:
    """Return 0 if exactly the listed changes survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--folder", type=Path, help="the folder to work in; an earlier run there is continued")
    arguments = parser.parse_args()
    if arguments.folder is not None:
        return _run(arguments.folder)
    with tempfile.TemporaryDirectory(prefix="headcount-mutants-") as folder:
        return _run(Path(folder))


def _run(home: Path) -> int:
    began = time.monotonic()
    if not (home / "mutants").is_dir():
        home.mkdir(exist_ok=True)
        for name in _NEEDED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, home / name)
    if _mutmut(home, "run", "--max-children", str(os.cpu_count() or 1)).returncode:
        return 1
    results = _NAME.findall(_mutmut(home, "results", "--all", "true", quiet=True).stdout)
    odd = [f"{name}: {status}" for name, status in results if status not in {"killed", "survived", "timeout"}]
    survivors = {_survivor(home, name) for name, status in results if status == "survived"}
    listed = {_listed(survivor) for survivor in tomllib.loads(SURVIVORS.read_text())["survivor"]}
    print(
        f"{len(results)} changes in {time.monotonic() - began:.0f} s:"
        f" {len(survivors)} survive, {len(listed)} are listed."
    )
    for line in _lines("Survives, and is not listed", sorted(survivors - listed)):
        print(line)
    for line in _lines("Is listed, and does not survive", sorted(listed - survivors)):
        print(line)
    for line in odd:
        print(f"Not tried: {line}")
    return 0 if survivors == listed and results and not odd else 1


def _mutmut(home: Path, *arguments: str, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mutmut", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=home, env=environment, check=False, text=True, capture_output=quiet)


def _survivor(home: Path, name: str) -> Survivor:
    """Return a survivor as mutmut shows it, without line numbers, which change with every edit of the file."""
    shown = _mutmut(home, "show", name, quiet=True).stdout.splitlines()
    lines = [line for line in shown if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    was = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    now = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    function = name.rpartition("__mutmut_")[0]
    module, _, inside = function.rpartition(".")
    where = inside[2:].replace(_BETWEEN, ".") if inside.startswith(f"x{_BETWEEN}") else inside.removeprefix("x_")
    return Survivor(f"{module.removeprefix('services.')}.{where}", was, now)


def _listed(entry: dict[str, str]) -> Survivor:
    return Survivor(entry["where"], entry["was"], entry["now"])


def _lines(what: str, survivors: list[Survivor]) -> Iterator[str]:
    for survivor in survivors:
        yield f"{what}: {survivor.where}\n  - {survivor.was}\n  + {survivor.now}"


if __name__ == "__main__":
    sys.exit(main())
