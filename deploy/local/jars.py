"""Jars by their lock: fetched once by jgo, and never used unless their checksum is the locked one.

A line of a lock is `group:artifact:version sha256:checksum`.
"""

import fcntl
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_AT_ONCE = 6
_SECONDS_PER_ANSWER = 60

Progress = Callable[[int, int], None]


class WrongChecksumError(RuntimeError):
    """What was fetched is not what was locked."""


@dataclass(frozen=True)
class Jar:
    """One line of a lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, cache: Path) -> Path:
        """Where Maven's layout puts it."""
        return cache.joinpath(
            *self.group.split("."), self.artifact, self.version, f"{self.artifact}-{self.version}.jar"
        )

    def is_whole(self, cache: Path) -> bool:
        """Whether it is there with the locked checksum."""
        path = self.path(cache)
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def locked_jars(lock: Path) -> list[Jar]:
    """What a lock names, in its order."""
    jars = []
    for line in lock.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, checksum = line.split()
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, checksum.removeprefix("sha256:")))
    return jars


def fetch_jars(lock: Path, cache: Path, progress: Progress = lambda _done, _all: None) -> list[Path]:
    """The paths of all locked jars, those that are missing (or were broken off) fetched first.

    `progress` hears how many of how many are there. WrongChecksumError when a fetched one differs from the lock.
    """
    jars = locked_jars(lock)
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two test runs at once fetch each jar once
        missing = [jar for jar in jars if not jar.is_whole(cache)]
        progress(len(jars) - len(missing), len(jars))
        if missing:
            _fetch(missing, cache, lambda done: progress(len(jars) - len(missing) + done, len(jars)))
    return [jar.path(cache) for jar in jars]


def _fetch(missing: list[Jar], cache: Path, done: Callable[[int], None]) -> None:
    # Imported here because it takes a second, and a second start needs none of it.
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=cache, timeout=_SECONDS_PER_ANSWER)

    def fetch(jar: Jar) -> None:
        jar.path(cache).unlink(missing_ok=True)
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        if not jar.is_whole(cache):
            jar.path(cache).unlink(missing_ok=True)
            raise WrongChecksumError(f"{jar.group}:{jar.artifact}:{jar.version} is not the locked one")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for count, _ in enumerate(pool.map(fetch, missing), start=1):
            done(count)
