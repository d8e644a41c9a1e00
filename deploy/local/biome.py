"""Format and lint the pages' style sheet and scripts with Biome, in the version that the assets' lock names.

`python -m deploy.local.biome check` exits 1 when a file is to be changed; `fix` changes the files.
"""

import asyncio
import subprocess
import sys

from deploy.local.assets import PACKAGE
from deploy.local.node import find_node
from deploy.local.npm import installed
from deploy.local.paths import REPOSITORY

_ARGUMENTS = {"check": ("check", "--error-on-warnings"), "fix": ("check", "--error-on-warnings", "--write")}


def main(task: str) -> int:
    """Biome's exit code; `biome.json` says which files it reads. ProgramEndedError when npm cannot install it."""
    folder = asyncio.run(installed(PACKAGE, "biome", development=True))
    program = folder / "node_modules" / "@biomejs" / "biome" / "bin" / "biome"
    return subprocess.run([find_node().node, program, *_ARGUMENTS[task]], cwd=REPOSITORY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
