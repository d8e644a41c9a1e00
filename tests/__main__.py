"""Every test: first, on all cores at once, what may share the machine; then, one by one, what may not.

`python -m tests [PATH ...]` is what `make test` and CI run. `pytest` by itself runs the same tests in one process.
"""

import os
import subprocess
import sys

WORKERS = min((os.cpu_count() or 1) + 1, 8)
"""One more than there are cores: half of a test is waiting for a server. Each has a Postgres of its own."""
UNDISTURBED = "alone or browser"
NONE_COLLECTED = 5
INTERRUPTED = 2


def main() -> int:
    """Run both parts, the second also when the first has failed; answers pytest's exit code of the worse one."""
    parts = (
        ["-m", f"not ({UNDISTURBED})", "-n", str(WORKERS), "--dist", "loadgroup"],
        ["-m", UNDISTURBED],
    )
    codes = []
    for part in parts:
        codes.append(subprocess.run([sys.executable, "-m", "pytest", *part, *sys.argv[1:]], check=False).returncode)
        if codes[-1] == INTERRUPTED:
            return INTERRUPTED
    # A path that was asked for may have tests of one part only.
    return max((code for code in codes if code != NONE_COLLECTED), default=NONE_COLLECTED)


if __name__ == "__main__":
    sys.exit(main())
