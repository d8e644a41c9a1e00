"""Jobs run on one replica at a time, one after another, and a job that raises stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from chassis.runtime import ActorRuntime
from database.postgres import connect
from hosting import jobs
from hosting.jobs import Job, Jobs
from tests.support.one_service import OneService


class Counted:
    """A job that counts its runs."""

    def __init__(self, pause: float = 0.0, *, raises: bool = False) -> None:
        self.pause = pause
        self.raises = raises
        self.runs = 0
        self.moved = asyncio.Event()

    async def run(self, _: ActorRuntime[Any]) -> float:
        self.runs += 1
        self.moved.set()
        if self.raises:
            raise ValueError("a run of the job failed")
        return self.pause

    async def until(self, runs: int) -> None:
        async with asyncio.timeout(20):
            while self.runs < runs:
                self.moved.clear()
                await self.moved.wait()


@asynccontextmanager
async def running(service: OneService, **named: Counted) -> AsyncIterator[asyncio.Task[None]]:
    """Run these jobs on a replica of their own."""
    name = service.runtime.definition.service
    work = Jobs(
        name,
        [Job(key, job.run) for key, job in named.items()],
        service.runtime,
        lambda: connect(service.dsn, name),
    )
    task = asyncio.create_task(work.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_job_runs_again_after_the_pause_that_it_returned(service: OneService) -> None:
    busy, idle = Counted(), Counted(pause=60)
    async with running(service, busy=busy, idle=idle):
        await busy.until(5)
    assert idle.runs == 1


async def test_only_one_of_two_replicas_runs_the_jobs_until_it_stops(service: OneService) -> None:
    first, second = Counted(), Counted()
    async with running(service, job=first):
        await first.until(3)
        async with running(service, job=second) as standby:
            await first.until(6)
            assert second.runs == 0
            assert not standby.done()
    async with running(service, job=second):
        await second.until(1)


async def test_a_job_that_raises_is_retried_later_and_holds_up_no_other(service: OneService) -> None:
    faulty, other = Counted(raises=True), Counted()
    async with running(service, faulty=faulty, other=other):
        await other.until(3)
    assert faulty.runs == 1


async def test_a_jobs_leader_whose_connection_is_killed_leads_again(
    service: OneService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "STANDBY_SECONDS", 0.01)
    job = Counted()
    async with running(service, job=job) as leader:
        await job.until(2)
        for _ in range(3):
            await service.pool.execute(_KILL)
            await job.until(job.runs + 2)
        assert not leader.done()


async def test_jobs_whose_connection_is_killed_in_the_middle_of_a_statement_go_on(
    service: OneService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "STANDBY_SECONDS", 0.01)
    name, job = service.runtime.definition.service, Counted()
    killed = [asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")]

    async def reach() -> asyncpg.Connection[Any]:
        if killed:
            raise killed.pop()
        return await connect(service.dsn, name)

    task = asyncio.create_task(Jobs(name, [Job("job", job.run)], service.runtime, reach).run())
    try:
        await job.until(1)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


_KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'members-direct'"
