"""`python -m bench`: measure ours and the floor in one run, and print the table. README.md says what and how."""

from __future__ import annotations

import argparse
import shutil
import time
from dataclasses import dataclass

import uvloop
from rich.console import Console

from bench.driver import Driver
from bench.floor_side import Floor
from bench.ours import Ours
from bench.report import Report
from bench.runs import Bench, idle
from bench.world import BenchWorld
from deploy.local.places import state_folder

_WARM_UP = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    agencies: int
    burst: int
    rounds: int
    rates: tuple[float, ...]
    seconds: float
    idle_seconds: float

    @property
    def people(self) -> int:
        """Clinicians that each agency needs, so that every login of the run is somebody's first."""
        steady = sum(int(rate * self.seconds) for rate in self.rates)
        return -(-(_WARM_UP + self.burst * self.rounds + steady) // self.agencies)


async def measure(plan: Plan, report: Report) -> None:
    """The whole run, on a world of its own that is forgotten afterwards."""
    folder = state_folder() / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    world = BenchWorld(folder)
    try:
        report.step("Starting Kafka, Postgres, the Stripe stand-in and the five services ...")
        await world.up()
        report.step(f"Idle for {plan.idle_seconds:g} s ...")
        report.idle("before", await idle(world.pids(), plan.idle_seconds))
        async with Driver(world.kafka.bootstrap) as driver:
            await _with_load(plan, report, world, driver)
        report.step(f"Idle for {plan.idle_seconds:g} s ...")
        report.idle("after", await idle(world.pids(), plan.idle_seconds))
        await report.end(world)
    finally:
        await world.down()
    shutil.rmtree(folder, ignore_errors=True)


async def _with_load(plan: Plan, report: Report, world: BenchWorld, driver: Driver) -> None:
    ours = Ours(world, driver, plan.agencies, plan.people)
    floor = Floor(world, plan.agencies, plan.people)
    report.step(f"Opening {plan.agencies} agencies, signing {plan.agencies * plan.people:,} clinicians up ...")
    began = time.monotonic()
    await ours.open()
    report.step(f"  took {time.monotonic() - began:.0f} s")
    await world.stripe.stop()
    await floor.open()
    bench = Bench(world, driver, (ours, floor))
    try:
        report.step("Warming up ...")
        await bench.bursts(_WARM_UP, 1)
        if plan.rounds:
            report.step(f"{plan.rounds} bursts of {plan.burst:,} a side ...")
            report.bursts(await bench.bursts(plan.burst, plan.rounds))
        for rate in plan.rates:
            report.step(f"{rate:g}/s for {plan.seconds:g} s a side ...")
            report.steady(rate, await bench.steady(rate, plan.seconds))
    finally:
        await ours.close()
        await floor.close()


def main() -> None:
    """Read the command line, measure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--agencies", type=int, default=200)
    parser.add_argument("--burst", type=int, default=20_000, help="first logins of a burst")
    parser.add_argument("--rounds", type=int, default=3, help="bursts a side")
    parser.add_argument("--rates", type=float, nargs="*", default=[50.0, 500.0], help="steady logins a second")
    parser.add_argument("--seconds", type=float, default=20, help="of each steady rate")
    parser.add_argument("--idle", type=float, default=30, help="seconds of idleness")
    asked = parser.parse_args()
    plan = Plan(asked.agencies, asked.burst, asked.rounds, tuple(asked.rates), asked.seconds, asked.idle)
    uvloop.run(measure(plan, Report(Console(width=140))))


if __name__ == "__main__":
    main()
