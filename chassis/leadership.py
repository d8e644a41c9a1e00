"""One replica of a service leads a kind of work: the one whose connection holds the work's advisory lock.

The others stand by. A lost connection loses the lead and is made again, so a leader that dies is replaced at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from chassis.postgres import Db
from chassis.retrying import keep_trying
from contracts.vocabulary import Service

log = structlog.get_logger(__name__)

Connect = Callable[[], Awaitable[Db]]
Session = Callable[[Db], Awaitable[None]]


class Leadership:
    """Leads or stands by with a connection of its own."""

    def __init__(self, work: str, service: Service, connect: Connect) -> None:
        self._work = work
        self._service = service
        self._connect = connect
        self.stopping = False
        self.leads = False

    async def run(self, lead: Session, stand_by: Session) -> None:
        """Call `lead` while the lock is held and `stand_by` while another holds it, until `stopping`.

        Both return at their own pace: each call is followed by the next look at the lock.
        """
        retrying = keep_trying(f"{self._work}.postgres_away", stopped=lambda: self.stopping)
        await retrying(self._session, lead, stand_by)

    async def _session(self, lead: Session, stand_by: Session) -> None:
        db = await self._connect()
        try:
            while not self.stopping:
                if not self.leads:
                    self.leads = bool(await db.fetchval(_LEAD, self._work, self._service.value))
                    if self.leads:
                        log.info("leadership.leads", kind=self._work, service=self._service.value)
                await (lead if self.leads else stand_by)(db)
        finally:
            self.leads = False
            await db.close(timeout=2)


_LEAD = "SELECT pg_try_advisory_lock(hashtext($1), hashtext($2))"
