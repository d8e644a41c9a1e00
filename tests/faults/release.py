"""The source of another release, whose services run beside this one's with the packages of this one."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local.paths import REPOSITORY

_MADE = ("services/gateway/static/made", "services/gateway/legal/made")
"""What set-up makes, and git does not have."""
_RUN = "import sys; sys.path.insert(0, {folder!r}); from services.cli import main; main()"


@dataclass(frozen=True)
class Release:
    """A release in a folder of its own."""

    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        """Its `headcount`."""
        return (sys.executable, "-c", _RUN.format(folder=str(self.folder)))


def last_released() -> str | None:
    """The newest tag of a release that this clone has and whose source it can read; None without one."""
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    return None if found is None else found.decode().strip()


def source_of(revision: str, folder: Path) -> Release:
    """The source of a tag or a commit. ValueError if this clone does not have it."""
    archive = _git("archive", "--format=tar", revision)
    if archive is None:
        raise ValueError(f"This clone has no revision {revision}; a shallow one has a single commit.")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    for made in _MADE:
        shutil.copytree(REPOSITORY / made, folder / made, dirs_exist_ok=True)
    return Release(folder)


def _git(*arguments: str) -> bytes | None:
    done = subprocess.run(["git", "-C", str(REPOSITORY), *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None
