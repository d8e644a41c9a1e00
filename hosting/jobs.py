"""Jobs: periodic work of a service for all agencies together, on one replica at a time.

A job does a bounded piece of work and returns the seconds until the next one. It keeps what it has to remember in the
service's tables, so that the next leader goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from chassis.runtime import ActorRuntime
from contracts.vocabulary import Service
from database.leadership import RENEW_SECONDS, Connect, Leadership
from database.postgres import Db
from telemetry.logs import where_raised

log = structlog.get_logger(__name__)

STANDBY_SECONDS = 5.0
"""How soon a standby notices that nobody leads."""
AFTER_A_FAULT = 60.0
"""Seconds before a job that raised is tried again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job: `run` does a piece of it and returns the seconds until the next one."""

    name: str
    run: Callable[[ActorRuntime[Any]], Awaitable[float]]


class Jobs:
    """Runs a service's jobs one after another, while this replica leads."""

    def __init__(self, service: Service, jobs: Sequence[Job], runtime: ActorRuntime[Any], connect: Connect) -> None:
        self._jobs = jobs
        self._runtime = runtime
        self._due = {job.name: 0.0 for job in jobs}
        self._leadership = Leadership("jobs", service, connect)

    @property
    def leads(self) -> bool:
        """Whether this replica runs the jobs."""
        return self._leadership.leads

    async def run(self) -> None:
        """Lead or stand by until cancelled."""
        await self._leadership.run(self._lead, self._stand_by)

    async def _lead(self, db: Db) -> None:
        loop = asyncio.get_running_loop()
        for job in self._jobs:
            if self._due[job.name] <= loop.time() and self._leadership.leads:
                self._due[job.name] = loop.time() + await self._leadership.while_leading(db, self._piece(job), 0.0)
        await asyncio.sleep(max(0.0, min(RENEW_SECONDS, min(self._due.values()) - loop.time())))

    async def _stand_by(self, _: Db) -> None:
        await asyncio.sleep(STANDBY_SECONDS)

    async def _piece(self, job: Job) -> float:
        try:
            return await job.run(self._runtime)
        except Exception as fault:  # noqa: BLE001  whatever a job raises, the others and the lead go on
            log.error("job.raised", kind=job.name, where=where_raised(fault))  # noqa: TRY400  as the inbox's
            return AFTER_A_FAULT
