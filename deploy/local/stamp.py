"""What need not be done again until its sources change: each start would otherwise repeat it for nothing."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


class Stamp:
    """A mark beside the data it speaks of, so that both are forgotten together."""

    def __init__(self, mark: Path, sources: Iterable[Path]) -> None:
        """`sources` are the files, and the folders of files, that decide what would be done."""
        self._mark = mark
        self._fingerprint = _fingerprint(sources)

    @property
    def done(self) -> bool:
        """Whether it was done with these very sources."""
        return self._mark.exists() and self._mark.read_text() == self._fingerprint

    def note(self) -> None:
        """It is done."""
        self._mark.write_text(self._fingerprint)


def _fingerprint(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if file.is_file():
                digest.update(f"{file}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
