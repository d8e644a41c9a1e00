"""A ZIP archive that is sent while it is made: its size costs no memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Part = tuple[str, AsyncIterator[str]]
"""A file of the archive: its name, and its text in pieces."""


class _Pipe:
    """What the archive has written and nobody has sent yet. It cannot seek, so the archive states sizes afterwards."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: `take` empties it."""

    def close(self) -> None:
        """Do nothing: there is no file."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


async def zipped(parts: Iterable[Part], at: datetime) -> AsyncIterator[bytes]:
    """The bytes of an archive with these files, all of this time."""
    pipe = _Pipe()
    with ZipFile(pipe, "w") as archive:
        for name, pieces in parts:
            info = ZipInfo(name, at.timetuple()[:6])
            info.compress_type = ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as file:
                async for piece in pieces:
                    file.write(piece.encode())
                    if sent := pipe.take():
                        yield sent
    yield pipe.take()
