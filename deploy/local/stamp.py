"""Marks a step as done with its sources, so that a later start repeats it only after the sources have changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


class Stamp:
    """A file with a hash of the sources. It is stored with the step's data, so that both are deleted together."""

    def __init__(self, file: Path, sources: Iterable[Path]) -> None:
        """`sources` are the files and folders that the step depends on."""
        self._file = file
        self._fingerprint = _fingerprint(sources)

    @property
    def done(self) -> bool:
        """Whether the step was done with the current sources."""
        return self._file.exists() and self._file.read_text() == self._fingerprint

    def write(self) -> None:
        """Mark the step as done."""
        self._file.write_text(self._fingerprint)


def _fingerprint(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if file.is_file():
                digest.update(f"{file}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
