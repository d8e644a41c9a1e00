"""One, two and three replicas of members and seats: throughput, how long a rebalance holds logins up, and no loss.

On the cores of one machine CPU is the limit. With `commit_delay`, Postgres waits before each flush as a slower disk
would, and latency is the limit of a process that handles one batch after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bench.driver import Driver, Run
from bench.ours import Ours
from bench.processes import quiet
from bench.runs import Bench, Measured
from bench.world import BenchWorld
from contracts.vocabulary import Service

SCALED = (Service.MEMBERS, Service.SEATS)
MOST = 3
COMMIT_MICROSECONDS = 1_000
"""The delay of each flush: what a disk across a network takes."""
_AGENCIES = 200
_WARM_UP = 1_000
_PER_SECOND = 20.0
_JOIN_AFTER = 2.0
_STEADY_SECONDS = 15.0
"""Long enough for a replica to start and join, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number of replicas of members and of seats."""

    replicas: int
    burst: Measured
    delayed: Measured
    """A burst with a delay before each flush."""
    joining: Run | None
    """Logins at a steady rate while the last replicas joined; None for the first ones."""


async def scale(world: BenchWorld, driver: Driver, count: int, step: Callable[[str], None]) -> list[Scaled]:
    """Add replicas one after the other. WrongOutcomeError if a login is lost or a seat is given twice."""
    steady = int(_PER_SECOND * _STEADY_SECONDS)
    people = -(-(_WARM_UP + MOST * 2 * count + (MOST - 1) * steady) // _AGENCIES)
    step(f"Opening {_AGENCIES} agencies, signing {_AGENCIES * people:,} clinicians up ...")
    ours = Ours(world, driver, _AGENCIES, people)
    await ours.open()
    await world.stripe.stop()
    bench = Bench(world, driver, (ours,))
    await bench.bursts(_WARM_UP, 1)
    results = []
    for replicas in range(1, MOST + 1):
        joining = await _join(world, driver, ours, steady, step) if replicas > 1 else None
        step(f"Bursts of {count:,} with {replicas} of members and of seats, without and with a delay ...")
        (burst,) = (await bench.bursts(count, 1))[ours.name]
        await _delay(world, COMMIT_MICROSECONDS)
        (delayed,) = (await bench.bursts(count, 1))[ours.name]
        await _delay(world, 0)
        results.append(Scaled(replicas, burst, delayed, joining))
    await ours.close()
    return results


async def _join(world: BenchWorld, driver: Driver, ours: Ours, count: int, step: Callable[[str], None]) -> Run:
    """Have one more replica of each join during logins at a steady rate."""
    step(f"One more of each joins during logins at {_PER_SECOND:g}/s ...")
    commands = await ours.commands(count)
    running = asyncio.create_task(driver.steady(commands, ours.arrivals, _PER_SECOND))
    await asyncio.sleep(_JOIN_AFTER)
    await asyncio.gather(*(world.add(service) for service in SCALED))
    run = await running
    await quiet(ours.pids().values())
    await ours.check(commands)
    return run


async def _delay(world: BenchWorld, microseconds: int) -> None:
    async with world.database() as db:
        await db.execute(f"ALTER SYSTEM SET commit_delay = {microseconds}")
        await db.execute("ALTER SYSTEM SET commit_siblings = 0")
        await db.execute("SELECT pg_reload_conf()")
