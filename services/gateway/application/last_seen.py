"""When sessions were last seen: kept in memory at each request, and written every two minutes in one statement.

A request waits for no write. A process that dies loses two minutes at most; a session then ends that much earlier.
The first use of a day by a member is also published, so that it outlives the session.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from database.postgres import Pool, is_transient
from services.gateway.application.uses import Uses
from services.gateway.domain.new_use import APART
from services.gateway.store import sessions as store_sessions

log = structlog.get_logger(__name__)

_APART_SECONDS = 120.0
_MOST = 50_000
"""Sessions that wait for the next write. Of more than that, some are written one round later."""


class LastSeen:
    """The moments that are not written yet."""

    def __init__(self, pool: Pool, uses: Uses) -> None:
        self._pool = pool
        self._uses = uses
        self._seen: dict[UUID, datetime] = {}

    def note(self, session_id: UUID, now: datetime) -> None:
        """Keep that the session's holder made a request just now."""
        if session_id in self._seen or len(self._seen) < _MOST:
            self._seen[session_id] = now

    def of(self, session_id: UUID, stored: datetime) -> datetime:
        """When the session was last seen; `stored` is what the database says."""
        return max(stored, self._seen.get(session_id, stored))

    async def write(self) -> None:
        """Write what was noted since the last time. If the database is away, the next round writes it."""
        seen = dict(self._seen)
        if not seen:
            return
        await self._uses.publish(await store_sessions.mark_seen(self._pool, seen, APART))
        for session_id, at in seen.items():
            if self._seen[session_id] == at:
                del self._seen[session_id]

    async def run(self) -> None:
        """Write every two minutes, until cancelled."""
        while True:
            await asyncio.sleep(_APART_SECONDS)
            try:
                await self.write()
            except Exception as away:
                if not is_transient(away):
                    raise
                log.warning("gateway.last_seen_waits", error=type(away).__name__)
