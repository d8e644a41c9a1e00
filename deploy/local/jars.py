"""Downloads the jars of a lock file with jgo, and never returns a jar whose checksum differs from the lock.

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
    """The checksum of a downloaded jar differs from the lock."""


@dataclass(frozen=True)
class Jar:
    """One line of a lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, cache: Path) -> Path:
        """The jar's path in Maven's layout."""
        return cache.joinpath(
            *self.group.split("."), self.artifact, self.version, f"{self.artifact}-{self.version}.jar"
        )

    def is_whole(self, cache: Path) -> bool:
        """Whether the jar is in the cache with the locked checksum."""
        path = self.path(cache)
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def locked_jars(lock: Path) -> list[Jar]:
    """The jars of a lock file, in its order."""
    jars = []
    for line in lock.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, checksum = line.split()
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, checksum.removeprefix("sha256:")))
    return jars


def fetch_jars(lock: Path, cache: Path, progress: Progress = lambda _done, _all: None) -> list[Path]:
    """The paths of all locked jars; missing or incomplete jars are downloaded first.

    `progress` is called with the number of jars that are complete, and of all jars. WrongChecksumError if a downloaded
    jar differs from the lock.
    """
    jars = locked_jars(lock)
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as cache_lock:
        fcntl.flock(cache_lock, fcntl.LOCK_EX)  # parallel test runs download each jar once
        missing = [jar for jar in jars if not jar.is_whole(cache)]
        progress(len(jars) - len(missing), len(jars))
        if missing:
            _fetch(missing, cache, lambda done: progress(len(jars) - len(missing) + done, len(jars)))
    return [jar.path(cache) for jar in jars]


def _fetch(missing: list[Jar], cache: Path, done: Callable[[int], None]) -> None:
    # Imported here because the import takes a second, and later starts do not need it.
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
