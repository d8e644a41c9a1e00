"""Installs npm packages, once for each lock file."""

import asyncio
import fcntl
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from deploy.local.node import find_node
from deploy.local.paths import downloads_folder
from deploy.local.programs import Program

_FILES = ("package.json", "package-lock.json", ".npmrc")


async def installed(package: Path, name: str, scripts: Sequence[str] = (), *, development: bool = False) -> Path:
    """The folder with the installed packages of `package`; `scripts` of ours that use them are copied there.

    `development`: with the packages that only the checks of this checkout need.
    """
    # A folder for each lock file, so that versions never mix.
    lock = hashlib.sha256((package / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = downloads_folder() / f"{name}-{lock}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as install_lock:
        await asyncio.to_thread(fcntl.flock, install_lock, fcntl.LOCK_EX)  # parallel runs install once
        if not (folder / "installed").exists():
            for file in _FILES:
                shutil.copy(package / file, folder)
            omitted = [] if development else ["--omit=dev"]
            command = [*find_node().npm, "ci", *omitted, "--ignore-scripts", "--no-progress"]
            await Program("npm", command, log=folder / "npm.log", folder=folder).run()
            (folder / "installed").touch()
        for script in scripts:
            shutil.copy(package / script, folder)
    return folder
