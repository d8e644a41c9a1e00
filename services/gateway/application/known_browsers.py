"""Whether a browser has signed in to an address before. The questions of one moment share a query."""

from __future__ import annotations

from chassis.clock import World
from database.postgres import Pool
from services.gateway.application.batcher import Batcher
from services.gateway.application.hashing import Hashing
from services.gateway.store import known_browsers as store_known_browsers


class KnownBrowsers:
    """Knows the browsers that have signed in to an address."""

    def __init__(self, pool: Pool, world: World, hashing: Hashing) -> None:
        self._pool = pool
        self._world = world
        self._hashing = hashing
        self._batcher: Batcher[tuple[str, bytes], bool] = Batcher(self._look)

    async def known(self, mailbox: str, browser: str | None) -> bool:
        """Whether this browser has signed in to the mailbox within the last 180 days."""
        return browser is not None and await self._batcher.do((mailbox, self._hashing.of("browser", browser)))

    async def _look(self, pairs: list[tuple[str, bytes]]) -> list[bool]:
        known = await store_known_browsers.known(self._pool, pairs, self._world.clock())
        return [pair in known for pair in pairs]
