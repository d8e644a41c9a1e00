"""When each command's outcome was readable: the notification that wakes a waiting request, heard by the bench itself.

Both sides notify in the transaction that writes the read model, so Postgres delivers after that commit: no polling, and
no clock but the bench's own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg

_SECONDS_WITHOUT_NEWS = 60
"""A run in which nothing arrives for so long has lost something; it must not look like a slow one."""


class LostOrdersError(RuntimeError):
    """Commands were given whose outcome never became readable."""


class Arrivals:
    """Hears `o<hex>,<hex>…` on one channel. Open with `listen`, close with `close`."""

    def __init__(self, db: asyncpg.Connection[Any]) -> None:
        self._db = db
        self._missing: set[str] = set()
        self._news = asyncio.Event()
        self.at: dict[str, float] = {}
        """By order, in hex: when it arrived, `time.perf_counter` seconds."""

    @classmethod
    async def listen(cls, dsn: str, channel: str) -> Arrivals:
        """Listen from now on."""
        db = await asyncpg.connect(dsn)
        arrivals = cls(db)
        await db.add_listener(channel, arrivals._hear)
        return arrivals

    async def close(self) -> None:
        """Listen no more."""
        await self._db.close()

    def expect(self, orders: Collection[UUID]) -> None:
        """Forget what was, and wait for these."""
        self.at = {}
        self._missing = {order.hex for order in orders}

    async def all_in(self) -> None:
        """Return when every expected order has arrived. LostOrdersError when news have stopped before that."""
        while self._missing:
            self._news.clear()
            try:
                async with asyncio.timeout(_SECONDS_WITHOUT_NEWS):
                    await self._news.wait()
            except TimeoutError as silence:
                raise LostOrdersError(f"{len(self._missing)} commands have had no outcome") from silence

    def _hear(self, _db: object, _pid: int, _channel: str, payload: object) -> None:
        now = time.perf_counter()
        text = str(payload)
        if not text.startswith("o"):
            return
        for order in text[1:].split(","):
            if order in self._missing:
                self._missing.discard(order)
                self.at[order] = now
        self._news.set()
