"""One agency whose payments are stuck at Stripe, and its effect on the others; and a burst at one full agency."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.driver import Driver, Ready, Run
from bench.ours import Ours, WrongOutcomeError
from bench.stripe_side import StripeSide, stripe_side
from bench.world import BenchWorld

SILENT_SECONDS = 75.0
"""Seconds without a response to the stuck agency: longer than the phases, and shorter than billing's patience."""
PACING_SECONDS = 2.0
"""Seconds that seats leaves between the end of a purchase and the next purchase."""
_AGENCIES = 200
_FREE_PER_SECOND = 200.0
_BUYERS_PER_SECOND = 4.0
_BEFORE, _DURING, _AFTER = 2, 3, 2
"""Phases: as many as fit the minute, and about as many before and after it."""
_STUCK_PEOPLE = 10
_STRIPE_MILLISECONDS = 100.0


@dataclass(frozen=True, slots=True)
class Phase:
    """First logins of one phase: at agencies with enough seats, and at full agencies that buy."""

    free: Run
    buyers: Run


@dataclass(frozen=True, slots=True)
class Stuck:
    """The phases before, while and after one agency was stuck."""

    before: tuple[Phase, ...]
    during: tuple[Phase, ...]
    after: tuple[Phase, ...]
    stuck_seconds: float
    """Seconds from the stuck agency's first login until the last of its people was Active."""


@dataclass(frozen=True, slots=True)
class FullBurst:
    """A burst at one full agency."""

    run: Run
    updates: int
    milliseconds: float


async def one_stuck(world: BenchWorld, driver: Driver, seconds: float, step: Callable[[str], None]) -> Stuck:
    """Run logins at a steady rate in phases; one agency is stuck during the middle phases."""
    phases = _BEFORE + _DURING + _AFTER
    buyers = int(_BUYERS_PER_SECOND * seconds)
    step(f"Opening {_AGENCIES} agencies with seats enough, {buyers} full ones, and the one that will be stuck ...")
    people = -(-int(_FREE_PER_SECOND * seconds) * (phases + 1) // _AGENCIES)
    free = Ours(world, driver, _AGENCIES, people, name="free")
    full = Ours(world, driver, buyers, phases + 1, seats=1, name="full")
    stuck = Ours(world, driver, 1, _STUCK_PEOPLE, seats=1, name="stuck")
    async with stripe_side(world) as stripe:
        for side in (free, full, stuck):
            await side.open()
        for side in (full, stuck):
            await side.auto_add()
        await stripe.control("latency", milliseconds=_STRIPE_MILLISECONDS)
        others = _Others(world, driver, free, full, seconds)
        step(f"Phases of {seconds:g} s: a warm-up, {_BEFORE} before ...")
        await others.phase()
        before = [await others.phase() for _ in range(_BEFORE)]
        step(f"  {_DURING} while one agency is stuck ...")
        await stripe.control(
            "faults",
            match={"customer": await _customer(world, stuck)},
            kind="slow",
            seconds=SILENT_SECONDS,
            times=1000,
        )
        waiting = asyncio.create_task(
            driver.steady(await stuck.commands(_STUCK_PEOPLE), stuck.arrivals, _STUCK_PEOPLE / SILENT_SECONDS)
        )
        during = [await others.phase() for _ in range(_DURING)]
        if waiting.done():
            raise WrongOutcomeError("the stuck agency was not stuck")
        await stripe.heal()
        step("  until the stuck ones are Active ...")
        late = await waiting
        step(f"  {_AFTER} after ...")
        after = [await others.phase() for _ in range(_AFTER)]
    for side in (free, full, stuck):
        await side.close()
    return Stuck(tuple(before), tuple(during), tuple(after), late.seconds)


async def burst_at_one(
    world: BenchWorld, driver: Driver, people: int, rounds: int, milliseconds: float, step: Callable[[str], None]
) -> list[FullBurst]:
    """Run first logins at once at one full agency with Auto-Add ON; each round has an agency of its own."""
    bursts = []
    async with stripe_side(world) as stripe:
        for number in range(rounds):
            step(f"A burst of {people} at one full agency, Stripe responding in {milliseconds:g} ms: {number + 1} ...")
            await stripe.control("latency", milliseconds=0)
            ours = Ours(world, driver, 1, people, seats=1, name=f"burst-{number}")
            await ours.open()
            await ours.auto_add()
            await stripe.control("latency", milliseconds=milliseconds)
            bursts.append(await _full_burst(world, driver, ours, await ours.commands(people), stripe, milliseconds))
            await ours.close()
    return bursts


async def _full_burst(
    world: BenchWorld, driver: Driver, ours: Ours, commands: Sequence[Ready], stripe: StripeSide, milliseconds: float
) -> FullBurst:
    await world.prepare_database()
    before = await stripe.updates()
    run = await driver.burst(commands, ours.arrivals)
    updates = await stripe.updates() - before
    await ours.check(commands)
    return FullBurst(run, updates, milliseconds)


class _Others:
    """The agencies that are not stuck."""

    def __init__(self, world: BenchWorld, driver: Driver, free: Ours, full: Ours, seconds: float) -> None:
        self._world = world
        self._driver = driver
        self._free = free
        self._full = full
        self._seconds = seconds

    async def phase(self) -> Phase:
        """Run both rates side by side; each full agency has one login."""
        free = await self._free.commands(int(_FREE_PER_SECOND * self._seconds))
        full = await self._full.commands(int(_BUYERS_PER_SECOND * self._seconds))
        await self._world.prepare_database()
        runs = await asyncio.gather(
            self._driver.steady(free, self._free.arrivals, _FREE_PER_SECOND),
            self._driver.steady(full, self._full.arrivals, _BUYERS_PER_SECOND),
        )
        await self._free.check(free)
        await self._full.check(full)
        return Phase(*runs)


async def _customer(world: BenchWorld, ours: Ours) -> str:
    async with world.database() as db:
        return str(
            await db.fetchval("SELECT customer_id FROM billing.accounts WHERE agency_id = ANY($1)", ours.agencies)
        )
