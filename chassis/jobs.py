"""Jobs: what a service does now and then of its own accord, for all agencies together; one replica at a time.

A job does a bounded piece of work and says in how many seconds it wants to go on. What it has to remember it keeps in
the service's tables, so that whoever leads next goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from chassis.postgres import AWAY
from chassis.runtime import ActorRuntime
from chassis.telemetry import where_raised
from contracts.vocabulary import Service

log = structlog.get_logger(__name__)

STANDBY_SECONDS = 5.0
"""How soon a standby notices that nobody leads."""
AFTER_A_FAULT = 60.0
"""Seconds before a job that raised is tried again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job: `run` does a piece of it and answers the seconds until the next one."""

    name: str
    run: Callable[[ActorRuntime[Any]], Awaitable[float]]


class Jobs:
    """Runs a service's jobs, one after another. Started on each replica; the one that holds the lock leads."""

    def __init__(
        self,
        service: Service,
        jobs: Sequence[Job],
        runtime: ActorRuntime[Any],
        connect: Callable[[], Awaitable[asyncpg.Connection[Any]]],
    ) -> None:
        self._service = service
        self._jobs = jobs
        self._runtime = runtime
        self._connect = connect

    async def run(self) -> None:
        """Lead or stand by until cancelled; a lost connection loses the lead and is made again."""
        while True:
            try:
                await self._session()
            except AWAY as away:
                log.warning("jobs.postgres_away", error=type(away).__name__)
            await asyncio.sleep(STANDBY_SECONDS)

    async def _session(self) -> None:
        db = await self._connect()
        try:
            if not await db.fetchval(_LEAD, self._service.value):
                return
            log.info("jobs.leads", service=self._service.value)
            due = {job.name: 0.0 for job in self._jobs}
            loop = asyncio.get_running_loop()
            while True:
                for job in self._jobs:
                    if due[job.name] <= loop.time():
                        due[job.name] = loop.time() + await self._piece(job)
                await asyncio.sleep(max(0.0, min(STANDBY_SECONDS, min(due.values()) - loop.time())))
                # The lock is this connection's: when it is gone, another may lead.
                await db.fetchval("SELECT 1")
        finally:
            await db.close(timeout=2)

    async def _piece(self, job: Job) -> float:
        try:
            return await job.run(self._runtime)
        except Exception as fault:  # noqa: BLE001  whatever a job raises, the others and the lead go on
            log.error("job.raised", kind=job.name, where=where_raised(fault))  # noqa: TRY400  as the inbox's
            return AFTER_A_FAULT


_LEAD = "SELECT pg_try_advisory_lock(hashtext('jobs'), hashtext($1))"
