"""One agency whose payments are stuck at Stripe, and what the others notice of it; and a burst at one full agency."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.driver import Driver, Ready, Run
from bench.ours import Ours, WrongOutcomeError
from bench.stripe_side import StripeSide, stripe_side
from bench.world import BenchWorld

SILENT_SECONDS = 75.0
"""How long the stand-in leaves the stuck agency without an answer: through the phases, and less than billing waits."""
PACING_SECONDS = 2.0
"""What seats leaves between the end of a purchase and the next one."""
_AGENCIES = 200
_FREE_PER_SECOND = 200.0
_BUYERS_PER_SECOND = 4.0
_BEFORE, _DURING, _AFTER = 2, 3, 2
"""Phases: as many as fit the minute, and about as many on either side of it."""
_STUCK_PEOPLE = 10
_STRIPE_MILLISECONDS = 100.0


@dataclass(frozen=True, slots=True)
class Phase:
    """First logins of a while: of agencies with seats enough, and of full ones that buy."""

    free: Run
    buyers: Run


@dataclass(frozen=True, slots=True)
class Stuck:
    """What was seen before, while and after one agency was stuck."""

    before: tuple[Phase, ...]
    during: tuple[Phase, ...]
    after: tuple[Phase, ...]
    stuck_seconds: float
    """From the stuck agency's first login until the last of its people was Active."""


@dataclass(frozen=True, slots=True)
class FullBurst:
    """A burst at one full agency."""

    run: Run
    updates: int
    milliseconds: float


async def one_stuck(world: BenchWorld, driver: Driver, seconds: float, step: Callable[[str], None]) -> Stuck:
    """Logins at a steady rate, in phases of so many seconds; through those in the middle one agency is stuck."""
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
            driver.steady(await stuck.orders(_STUCK_PEOPLE), stuck.arrivals, _STUCK_PEOPLE / SILENT_SECONDS)
        )
        during = [await others.phase() for _ in range(_DURING)]
        if waiting.done():
            raise WrongOutcomeError("nobody was stuck")
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
    """So many first logins at once at one full agency with Auto-Add ON; each round at an agency of its own."""
    shown = []
    async with stripe_side(world) as stripe:
        for number in range(rounds):
            step(f"A burst of {people} at one full agency, Stripe answering in {milliseconds:g} ms: {number + 1} ...")
            await stripe.control("latency", milliseconds=0)
            ours = Ours(world, driver, 1, people, seats=1, name=f"burst-{number}")
            await ours.open()
            await ours.auto_add()
            await stripe.control("latency", milliseconds=milliseconds)
            shown.append(await _full_burst(world, driver, ours, await ours.orders(people), stripe, milliseconds))
            await ours.close()
    return shown


async def _full_burst(
    world: BenchWorld, driver: Driver, ours: Ours, orders: Sequence[Ready], stripe: StripeSide, milliseconds: float
) -> FullBurst:
    await world.settle()
    before = await stripe.updates()
    run = await driver.burst(orders, ours.arrivals)
    updates = await stripe.updates() - before
    await ours.check(orders)
    return FullBurst(run, updates, milliseconds)


class _Others:
    """Whoever is not stuck."""

    def __init__(self, world: BenchWorld, driver: Driver, free: Ours, full: Ours, seconds: float) -> None:
        self._world = world
        self._driver = driver
        self._free = free
        self._full = full
        self._seconds = seconds

    async def phase(self) -> Phase:
        """Both rates side by side; each full agency has one login."""
        free = await self._free.orders(int(_FREE_PER_SECOND * self._seconds))
        full = await self._full.orders(int(_BUYERS_PER_SECOND * self._seconds))
        await self._world.settle()
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
