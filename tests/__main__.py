"""Every test: first, on all cores at once, what may share the machine; then, one by one, what may not.

`python -m tests [PATH ...]` is what `make test` and CI run. `pytest` by itself runs the same tests in one process.
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
"""One more than there are cores: half of a test is waiting for a server. Each has a Postgres of its own."""
UNDISTURBED = "alone or browser"
NONE_COLLECTED = 5
INTERRUPTED = 2
Seconds = dict[str, tuple[float, int]]
"""Of each part, its folder: how long its tests took together, and how many there were."""


def main() -> int:
    """Run both halves, the second also when the first has failed; answers pytest's exit code of the worse one."""
    halves = (
        (f"on {WORKERS} workers at once", [f"not ({UNDISTURBED})", "-n", str(WORKERS), "--dist", "loadgroup"]),
        ("one by one", [UNDISTURBED]),
    )
    codes, took = [], []
    with tempfile.TemporaryDirectory(prefix="headcount-seconds-") as folder:
        for number, (how, chosen) in enumerate(halves):
            told, began = Path(folder) / str(number), time.monotonic()
            command = [sys.executable, "-m", "pytest", "-m", *chosen, f"--seconds-to={told}", *sys.argv[1:]]
            codes.append(subprocess.run(command, check=False).returncode)
            if codes[-1] == INTERRUPTED:
                return INTERRUPTED
            seconds: Seconds = json.loads(told.read_text()) if told.is_file() else {}
            took.append((how, time.monotonic() - began, seconds))
    print(table(took))
    # A path that was asked for may have tests of one half only.
    return max((code for code in codes if code != NONE_COLLECTED), default=NONE_COLLECTED)


def table(took: list[tuple[str, float, Seconds]]) -> str:
    """How long each part took, added up where workers shared it, and how long each half did by the clock."""
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
