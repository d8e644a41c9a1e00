"""The arrival times of outcomes: the bench listens to the notification that wakes a waiting request.

Both sides notify in the transaction that writes the read model, so Postgres delivers after that commit. There is no
polling, and no clock but the bench's own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg

_SECONDS_WITHOUT_ARRIVAL = 60
"""A run without any arrival for this long has lost commands, and must not look like a slow run."""


class LostCommandsError(RuntimeError):
    """Commands were sent whose outcomes never became readable."""


class Arrivals:
    """Receives `o<hex>,<hex>…` on one channel. Open with `listen`, close with `close`."""

    def __init__(self, db: asyncpg.Connection[Any]) -> None:
        self._db = db
        self._missing: set[str] = set()
        self._arrived = asyncio.Event()
        self.at: dict[str, float] = {}
        """By command id in hex: the arrival, in `time.perf_counter` seconds."""

    @classmethod
    async def listen(cls, dsn: str, channel: str) -> Arrivals:
        """Listen from now on."""
        db = await asyncpg.connect(dsn)
        arrivals = cls(db)
        await db.add_listener(channel, arrivals._on_notification)
        return arrivals

    async def close(self) -> None:
        """Stop listening."""
        await self._db.close()

    def expect(self, command_ids: Collection[UUID]) -> None:
        """Forget earlier arrivals, and wait for these commands."""
        self.at = {}
        self._missing = {command_id.hex for command_id in command_ids}

    async def all_in(self) -> None:
        """Return when every expected command has its outcome. LostCommandsError if arrivals stop before that."""
        while self._missing:
            self._arrived.clear()
            try:
                async with asyncio.timeout(_SECONDS_WITHOUT_ARRIVAL):
                    await self._arrived.wait()
            except TimeoutError as silence:
                raise LostCommandsError(f"{len(self._missing)} commands have had no outcome") from silence

    def _on_notification(self, _db: object, _pid: int, _channel: str, payload: object) -> None:
        now = time.perf_counter()
        text = str(payload)
        if not text.startswith("o"):
            return
        for command_id in text[1:].split(","):
            if command_id in self._missing:
                self._missing.discard(command_id)
                self.at[command_id] = now
        self._arrived.set()
