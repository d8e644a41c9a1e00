"""The measurements burst, steady rate, and idle. Ours and the floor take turns, each with people of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from bench.arrivals import Arrivals
from bench.driver import Driver, Ready, Run
from bench.processes import Meter, proportional_bytes, quiet
from bench.world import BenchWorld


class Side(Protocol):
    """Ours, or the floor."""

    name: str
    arrivals: Arrivals

    async def commands(self, count: int) -> list[Ready]:
        """Return encoded commands for people who have never logged in."""
        ...

    async def check(self, commands: Sequence[Ready]) -> None:
        """Raise WrongOutcomeError unless everybody is Active."""
        ...

    def pids(self) -> dict[str, int]:
        """Return the side's processes."""
        ...


@dataclass(frozen=True, slots=True)
class Measured:
    """One run and its CPU time."""

    run: Run
    cpu: dict[str, float]
    """CPU seconds by process, until the last outcome."""
    caught_up: dict[str, float]
    """CPU seconds by process, until every subscriber had caught up."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The services at rest."""

    megabytes: dict[str, float]
    """Proportional memory by service."""
    share: dict[str, float]
    """Share of one core, by service."""


class Bench:
    """Runs measurements on one world."""

    def __init__(self, world: BenchWorld, driver: Driver, sides: Sequence[Side]) -> None:
        self._world = world
        self._driver = driver
        self._sides = sides

    async def bursts(self, count: int, rounds: int) -> dict[str, list[Measured]]:
        """Run `rounds` bursts of `count` commands a side, in turns."""
        done: dict[str, list[Measured]] = {side.name: [] for side in self._sides}
        for _ in range(rounds):
            for side in self._sides:
                done[side.name].append(await self._run(side, count))
        return done

    async def steady(self, per_second: float, seconds: float) -> dict[str, Measured]:
        """Run commands at a steady rate, one side after the other."""
        return {side.name: await self._run(side, int(per_second * seconds), per_second) for side in self._sides}

    async def _run(self, side: Side, count: int, per_second: float | None = None) -> Measured:
        """Run `count` commands of one side at a steady rate, or all at once."""
        commands = await side.commands(count)
        await self._world.prepare_database()
        meter = Meter(side.pids() | self._world.servers())
        meter.start()
        if per_second is None:
            run = await self._driver.burst(commands, side.arrivals)
        else:
            run = await self._driver.steady(commands, side.arrivals, per_second)
        cpu = meter.read()
        await quiet(side.pids().values())
        caught_up = meter.read()
        await side.check(commands)
        return Measured(run, cpu, caught_up)


async def idle(pids: dict[str, int], seconds: float) -> Idle:
    """Measure processes while nothing happens."""
    await quiet(pids.values())
    meter = Meter(pids)
    meter.start()
    await asyncio.sleep(seconds)
    share = {name: spent / seconds for name, spent in meter.read().items()}
    return Idle({name: proportional_bytes(pid) / 1e6 for name, pid in pids.items()}, share)


def typical(bursts: Sequence[Measured]) -> Measured:
    """Return the burst with the median rate."""
    middle = median(burst.run.seconds for burst in bursts)
    return min(bursts, key=lambda burst: abs(burst.run.seconds - middle))
