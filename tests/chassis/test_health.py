"""What the probes say: a restart and a lack of requests mend different things."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from chassis.relay import STALLED_SECONDS
from hosting.health import STUCK_SECONDS, Health
from tests.chassis.test_failover import read_only
from tests.support.one_service import OneService
from tests.support.servers import Postgres


@dataclass
class Bus:
    """The relay and the subscription of a process."""

    stalled: float = 0.0
    stuck: float = 0.0
    partitions: int = 24
    damaged: bool = False

    def stalled_for(self) -> float:
        return self.stalled

    async def stuck_for(self) -> float:
        return self.stuck

    def unreadable(self) -> list[TopicPartition]:
        return [TopicPartition("members.commands", 7)] if self.damaged else []

    def assigned(self) -> int:
        return self.partitions


def health(bus: Bus, service: OneService | None, *, serves_people: bool = False) -> Health:
    parts = cast("Any", bus)
    pool = None if service is None else service.pool
    return Health(parts, serves_people=serves_people, started=service is not None, pool=pool, subscription=parts)


@pytest.mark.parametrize("bus", [Bus(stalled=STALLED_SECONDS + 1), Bus(partitions=0), Bus(damaged=True)])
async def test_without_the_bus_a_process_is_not_ready_but_one_that_serves_people_is_only_degraded(
    service: OneService, bus: Bus
) -> None:
    assert len(await health(bus, service).not_ready()) == 1
    front = health(bus, service, serves_people=True)
    assert await front.not_ready() == []
    assert len(front.degraded()) == 1
    assert health(Bus(), service).degraded() == []


async def test_a_process_lives_while_it_waits_for_postgres_and_says_what_is_missing() -> None:
    waiting = health(Bus(), None)
    assert await waiting.not_alive() == []
    assert len(await waiting.not_ready()) == 2


async def test_a_stuck_consumer_is_worth_a_restart_only_while_postgres_answers(
    service: OneService, postgres: Postgres
) -> None:
    stuck = health(Bus(stuck=STUCK_SECONDS + 1), service)
    assert len(await stuck.not_alive()) == 1
    async with read_only(postgres):
        assert await stuck.not_alive() == []
        assert len(await stuck.not_ready()) == 1
    assert await health(Bus(stuck=STUCK_SECONDS - 1), service).not_alive() == []


async def test_a_demoted_server_degrades_the_process_without_a_probe_or_a_write_until_it_takes_writes_again(
    service: OneService, postgres: Postgres
) -> None:
    front = health(Bus(), service, serves_people=True)
    watching = asyncio.create_task(front.watch())
    try:
        async with read_only(postgres):
            await _until(lambda: len(front.degraded()) == 1)
        await _until(lambda: front.degraded() == [])
    finally:
        watching.cancel()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)
