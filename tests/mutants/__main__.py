"""`make mutants`: each rule is changed in every small way that mutmut knows, and tests/domain has to notice.

Those that it does not notice are in survivors.toml with a reason each. One that is not listed fails the command, and so
does one that is listed and no longer survives.
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

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
_NEEDED = ("contracts", "chassis", "services", "deploy", "tests", "pyproject.toml")
_BETWEEN = "\u01c1"
"""What mutmut writes around a class's name."""
_NAME = re.compile(r"^\s+(\S+__mutmut_\d+): (\w[\w ]*)$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Survivor:
    """A change that no test noticed: in which function, what stood there, and what stood there instead."""

    where: str
    was: str
    now: str


def main() -> int:
    """Answers 0 when exactly the listed ones survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--folder", type=Path, help="work there, and go on where an earlier run there was stopped")
    asked = parser.parse_args()
    if asked.folder is not None:
        return _run(asked.folder)
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
    found = {_survivor(home, name) for name, status in results if status == "survived"}
    listed = {_listed(survivor) for survivor in tomllib.loads(SURVIVORS.read_text())["survivor"]}
    print(
        f"{len(results)} changes in {time.monotonic() - began:.0f} s: {len(found)} survive, {len(listed)} are listed."
    )
    for line in _told("Survives, and is not listed", sorted(found - listed)):
        print(line)
    for line in _told("Is listed, and does not survive", sorted(listed - found)):
        print(line)
    for line in odd:
        print(f"Not tried: {line}")
    return 0 if found == listed and results and not odd else 1


def _mutmut(home: Path, *arguments: str, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mutmut", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=home, env=environment, check=False, text=True, capture_output=quiet)


def _survivor(home: Path, name: str) -> Survivor:
    """What mutmut shows of one, without numbers: those change with every edit of the file."""
    shown = _mutmut(home, "show", name, quiet=True).stdout.splitlines()
    lines = [line for line in shown if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    was = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    now = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    function = name.rpartition("__mutmut_")[0]
    module, _, inside = function.rpartition(".")
    where = inside[2:].replace(_BETWEEN, ".") if inside.startswith(f"x{_BETWEEN}") else inside.removeprefix("x_")
    return Survivor(f"{module.removeprefix('services.')}.{where}", was, now)


def _listed(one: dict[str, str]) -> Survivor:
    return Survivor(one["where"], one["was"], one["now"])


def _told(what: str, survivors: list[Survivor]) -> Iterator[str]:
    for survivor in survivors:
        yield f"{what}: {survivor.where}\n  - {survivor.was}\n  + {survivor.now}"


if __name__ == "__main__":
    sys.exit(main())
