"""The messages of a seed at rest, and the tables of the services."""

from __future__ import annotations

from typing import Any

from tests.simulation.system import System


class Records:
    """Every message that any service published, and the tables of the services."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._db = system.db
        self.messages: list[dict[str, Any]] = []

    async def _pairs(self, query: str) -> dict[Any, Any]:
        return {row[0]: row[1] for row in await self._db.fetch(query)}
