"""Keeps the stand-in's state across a kill: each change is appended as a line before its response is sent."""

import os
from pathlib import Path
from typing import Any

import orjson

Tables = dict[str, dict[str, dict[str, Any]]]


class Journal:
    """An append-only file. A line holds all objects of a change, so that a change is kept entirely or not at all.

    A line reaches the operating system before the response leaves, so it survives the end of the process. Nothing waits
    for the disk: a power cut may lose lines.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: int | None = None

    def open(self) -> Tables:
        """Read the state, rewrite the file without its history, and return the state."""
        if self._path is None:
            return {}
        tables = self._read()
        self._rewrite(tables)
        return tables

    def append(self, change: dict[str, dict[str, dict[str, Any] | None]]) -> None:
        """Add one change: objects by table and id, None for a deleted object."""
        if self._file is not None:
            os.write(self._file, orjson.dumps(change) + b"\n")

    def forget(self) -> None:
        """Delete the state."""
        if self._path is not None:
            self._rewrite({})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _read(self) -> Tables:
        tables: Tables = {}
        if self._path is None or not self._path.exists():
            return tables
        with self._path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    # The process was killed during the write, so no response was sent for this change.
                    break
                for table, rows in orjson.loads(line).items():
                    held = tables.setdefault(table, {})
                    for key, row in rows.items():
                        if row is None:
                            held.pop(key, None)
                        else:
                            held[key] = row
        return tables

    def _rewrite(self, tables: Tables) -> None:
        if self._path is None:
            return
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(self._path.suffix + ".new")
        with fresh.open("wb") as file:
            for table, rows in tables.items():
                for key, row in rows.items():
                    file.write(orjson.dumps({table: {key: row}}) + b"\n")
        fresh.replace(self._path)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
