"""The folders of the local world: all are inside one folder, which `make clean` deletes."""

import os
import stat
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_TRAVERSE = stat.S_IXGRP | stat.S_IXOTH


def state_folder() -> Path:
    """The folder of all downloads, secrets and data: `HEADCOUNT_LOCAL`, or `.local` of the project."""
    folder = Path(os.environ.get("HEADCOUNT_LOCAL") or REPOSITORY / ".local").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def downloads_folder() -> Path:
    """The folder of downloads, which can be downloaded again."""
    folder = state_folder() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make_reachable(path: Path) -> None:
    """Let other users of this machine reach `path`, by the execute permission of each folder above it.

    Only root needs this, because Postgres does not run as root.
    """
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if mode & _TRAVERSE != _TRAVERSE:
            folder.chmod(mode | _TRAVERSE)
