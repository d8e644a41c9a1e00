"""One replica of a service leads a kind of work: the one that holds the work's lease. The others stand by.

The lease is a row in Postgres, on the database's clock. A standby takes it when the holder's session has ended, which
is at once if its process dies, or when the holder has not renewed it in time: a machine that is lost or frozen closes
no connection. A holder that comes back from that finds that it does not lead, and does nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from contracts.vocabulary import Service
from database.postgres import Db
from database.retrying import keep_trying

log = structlog.get_logger(__name__)

LEASE_SECONDS = 7.0
"""How long nobody leads after a machine was lost without a word; more than a renewal by a slow database takes."""
RENEW_SECONDS = 2.0

Result = TypeVar("Result")
Connect = Callable[[], Awaitable[Db]]
Session = Callable[[Db], Awaitable[None]]


class Leadership:
    """Leads or stands by with a connection of its own."""

    def __init__(self, work: str, service: Service, connect: Connect) -> None:
        self._work = work
        self._service = service
        self._connect = connect
        self._renew_at = self._held_until = 0.0
        # The loop's own clock stands still while an iteration runs, and a process may be frozen in the middle of one.
        self._clock = time.monotonic
        self.stopping = False

    @property
    def leads(self) -> bool:
        """Whether this replica holds the lease. Its work must not have an effect when it does not."""
        return self._clock() < self._held_until

    async def run(self, lead: Session, stand_by: Session) -> None:
        """Call `lead` while the lease is held and `stand_by` while another holds it, until `stopping`.

        Both return at their own pace, and the lease is renewed between two calls. What takes long in a `lead` goes
        through `while_leading`.
        """
        retrying = keep_trying(f"{self._work}.postgres_away", stopped=lambda: self.stopping)
        await retrying(self._session, lead, stand_by)

    async def renew(self, db: Db) -> bool:
        """Hold the lease for longer, or take it, if it is time; False while another replica holds it."""
        began, led = self._clock(), self.leads
        if not led or began >= self._renew_at:
            held = await db.fetchval(_LEASE, self._work, LEASE_SECONDS)
            # From before the call, so that this replica stops before the database gives the lease to another.
            self._renew_at = began + RENEW_SECONDS
            self._held_until = began + LEASE_SECONDS if held else 0.0
            if held and not led:
                log.info("leadership.leads", kind=self._work, service=self._service.value)
        return self.leads

    async def while_leading(self, db: Db, work: Coroutine[Any, Any, Result], otherwise: Result) -> Result:
        """Renew the lease while some work runs that does not use `db`. If it is lost, the work is given up."""
        running = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({running}, timeout=RENEW_SECONDS))[0]:
                if not await self.renew(db):
                    return otherwise
        finally:
            running.cancel()
        return await running

    async def _session(self, lead: Session, stand_by: Session) -> None:
        db = await self._connect()
        try:
            while not self.stopping:
                await (lead if await self.renew(db) else stand_by)(db)
        finally:
            self._held_until = 0.0
            await db.close(timeout=2)


_LEASE = """
INSERT INTO leases AS l (work, pid, session_began, until)
SELECT $1, pid, backend_start, clock_timestamp() + make_interval(secs => $2)
FROM pg_stat_activity WHERE pid = pg_backend_pid()
ON CONFLICT (work) DO UPDATE
SET pid = excluded.pid, session_began = excluded.session_began, until = excluded.until
WHERE (l.pid, l.session_began) = (excluded.pid, excluded.session_began)
   OR l.until < clock_timestamp()
   OR NOT EXISTS (SELECT FROM pg_stat_activity a WHERE (a.pid, a.backend_start) = (l.pid, l.session_began))
RETURNING true
"""
