"""Run every test: the rules with their coverage; those that may share the machine; those with a browser; one by one.

`python -m tests [PATH ...]` is what `make test` and CI run; with a path, coverage is not asked for. `pytest` by itself
runs the same tests in one process.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

WORKERS = min((os.cpu_count() or 1) + 1, 8)
"""One more than the cores, because tests wait for servers half of their time. Each worker has its own Postgres."""
BROWSERS = 2
"""Workers for the tests with a browser: each is busy on about a core."""
RULES = ("tests/domain", "tests/contracts")
"""The tests that cover every branch of a rule and of the contracts. They need no server."""
NONE_COLLECTED = 5
INTERRUPTED = 2
Seconds = dict[str, tuple[float, int]]
"""For each part, a folder of tests: the seconds of all its tests, and their number."""


def main() -> int:
    """Run all shares, each even after a failure of another; return the worst of pytest's exit codes."""
    codes, took = [], []
    with tempfile.TemporaryDirectory(prefix="headcount-seconds-") as folder:
        for number, (how, chosen) in enumerate(shares(sys.argv[1:])):
            report, began = Path(folder) / str(number), time.monotonic()
            command = [sys.executable, "-m", "pytest", f"--seconds-to={report}", *chosen]
            codes.append(subprocess.run(command, check=False).returncode)
            if codes[-1] == INTERRUPTED:
                return INTERRUPTED
            seconds: Seconds = json.loads(report.read_text()) if report.is_file() else {}
            took.append((how, time.monotonic() - began, seconds))
    print(table(took))
    # A path of the command line may have tests of one share only.
    return max((code for code in codes if code != NONE_COLLECTED), default=NONE_COLLECTED)


def shares(paths: list[str]) -> list[tuple[str, list[str]]]:
    """List each share of the tests in `paths`, or of all tests without a path: how it runs, and pytest's arguments."""
    rules = [] if paths else [("rules, with coverage", [*RULES, "-n", str(os.cpu_count() or 1), "--cov"])]
    chosen = paths or [f"--ignore={folder}" for folder in RULES]
    return [
        *rules,
        (f"on {WORKERS} workers", ["-m", "not (alone or browser)", "-n", str(WORKERS), "--dist", "loadgroup", *chosen]),
        (
            f"browsers, on {BROWSERS} workers",
            ["-m", "browser and not alone", "-n", str(BROWSERS), "--dist", "loadgroup", *chosen],
        ),
        ("one by one", ["-m", "alone", *chosen]),
    ]


def table(took: list[tuple[str, float, Seconds]]) -> str:
    """Format the seconds of each part, summed over the workers, and the seconds of each share by the clock."""
    parts: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0])
    for _, _, seconds in took:
        for part, (spent, count) in seconds.items():
            parts[part][0] += spent
            parts[part][1] += count
    lines = ["", f"== seconds of each part{'tests':>14}"]
    lines += [f"{part:14}{spent:10.1f}{count:13}" for part, (spent, count) in parts.items()]
    lines += [f"by the clock, {how}: {clock:.0f} s" for how, clock, seconds in took if seconds]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
