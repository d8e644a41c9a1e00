"""Where the local world keeps things: one folder, which `make clean` forgets."""

import os
import stat
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_PASS_THROUGH = stat.S_IXGRP | stat.S_IXOTH


def state_folder() -> Path:
    """The folder of everything downloaded, generated or stored here: `HEADCOUNT_LOCAL`, or `.local` of the project."""
    folder = Path(os.environ.get("HEADCOUNT_LOCAL") or REPOSITORY / ".local").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def downloads_folder() -> Path:
    """The part of it that the network could bring back."""
    folder = state_folder() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def let_others_pass(path: Path) -> None:
    """Let another user of this machine reach `path`: pass through each folder above it, without listing any.

    Needed only when we are root, because the database refuses to be.
    """
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if mode & _PASS_THROUGH != _PASS_THROUGH:
            folder.chmod(mode | _PASS_THROUGH)
