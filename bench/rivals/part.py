"""The match: bursts of first logins, ours and each rival's at its best concurrency, in turns on the same servers.

There are two kinds of burst: every agency has enough seats, or each is full with Auto-Add ON and calls Stripe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.driver import Driver, Ready, Run
from bench.ours import Ours, WrongOutcomeError
from bench.processes import Meter, quiet
from bench.rivals.sides import Login, OverHttp, OverTheBus, Rival
from bench.stripe_side import StripeSide, stripe_side
from bench.world import BenchWorld

CONCURRENCIES = (1, 8, 32)
_TO_CHOOSE = {1: 20, 8: 2, 32: 2}
"""A burst that chooses the best concurrency has the full burst's logins divided by this."""
_WARM_UP = 240
_AGENCIES = 200
People = Callable[[Rival, int], Awaitable[list[Login]]]
"""Makes new people at a rival; the number divides the full burst's logins."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of the measurements."""

    burst: int
    """First logins where seats are free, over 200 agencies."""
    full: int
    """Full agencies of one burst."""
    stripe_milliseconds: float
    rounds: int
    each: int = 8
    """Clinicians of a full agency: Stripe makes ten invoices a minute for a subscription, the first at its opening."""


@dataclass(slots=True)
class SideResult:
    """The results of one side in one kind of burst."""

    name: str
    runs: list[Run] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """CPU seconds of its own processes, the broker, the database and the driver, per run."""
    updates: list[int] = field(default_factory=list)
    """How often Stripe changed a subscription, per run."""
    by_concurrency: dict[int, float] = field(default_factory=dict)
    """Logins per second of the smaller bursts that chose the best concurrency."""

    def rate(self) -> float:
        """Logins per second of the median run."""
        return median(run.rate() for run in self.runs)

    def best(self) -> int:
        """The concurrency with the highest rate."""
        return max(self.by_concurrency, key=lambda concurrency: self.by_concurrency[concurrency])


class Match:
    """All sides on one world."""

    def __init__(self, world: BenchWorld, driver: Driver, stripe: StripeSide, sizes: Sizes) -> None:
        self._world = world
        self._driver = driver
        self._stripe = stripe
        self._sizes = sizes
        self._rivals: Sequence[Rival] = (
            OverTheBus(world, stripe, driver),
            OverHttp(world, stripe, "monolith", "monolith"),
            OverHttp(world, stripe, "DBOS workflows", "workflows"),
        )

    async def open(self) -> None:
        """Make the rivals' tables and topics.

        Drop the webhooks about rivals' invoices, so that our services take no CPU from the rivals.
        """
        await self._stripe.control("webhooks", drop=True)
        for rival in self._rivals:
            await rival.open()

    async def free(self, step: Callable[[str], None]) -> list[SideResult]:
        """Run bursts with enough seats, so that no side calls Stripe."""
        sizes = self._sizes
        step(f"Opening {_AGENCIES} agencies of ours ...")
        ours = Ours(self._world, self._driver, _AGENCIES, -(-(_WARM_UP + sizes.rounds * sizes.burst) // _AGENCIES))
        await ours.open()
        await self._warm_up(ours)

        async def people(rival: Rival, part: int) -> list[Login]:
            each = -(-sizes.burst // part // _AGENCIES)
            return await rival.people(_AGENCIES, each, full=False)

        results = [await self._choose_concurrency(rival, people, step, full=False) for rival in self._rivals]
        mine = SideResult("ours")
        for number in range(sizes.rounds):
            step(f"Bursts of {sizes.burst:,}: {number + 1} ...")
            await self._measure_ours(ours, await ours.commands(sizes.burst), mine)
            for rival, rivals_result in zip(self._rivals, results, strict=True):
                await self._measure_rival(rival, rivals_result, await people(rival, 1), full=False)
        await ours.close()
        return [mine, *results]

    async def full(self, step: Callable[[str], None]) -> list[SideResult]:
        """Run bursts at full agencies with Auto-Add ON, so that every login needs a seat from Stripe."""
        sizes = self._sizes
        await self._stripe.control("rate-limit", perSecond=None)

        async def people(rival: Rival, part: int) -> list[Login]:
            return await rival.people(-(-sizes.full // part), sizes.each, full=True)

        results = [await self._choose_concurrency(rival, people, step, full=True) for rival in self._rivals]
        mine = SideResult("ours")
        for number in range(sizes.rounds):
            step(f"Bursts of {sizes.full * sizes.each:,} at {sizes.full} full agencies: {number + 1} ...")
            await self._stripe.control("webhooks")
            ours = Ours(self._world, self._driver, sizes.full, sizes.each, seats=1, name=f"full-{number}")
            await ours.open()
            await ours.auto_add()
            await quiet(self._world.pids().values())
            await self._measure_ours(ours, await ours.commands(sizes.full * sizes.each), mine)
            await self._all_paid(ours)
            await ours.close()
            await self._stripe.control("webhooks", drop=True)
            for rival, rivals_result in zip(self._rivals, results, strict=True):
                await self._measure_rival(rival, rivals_result, await people(rival, 1), full=True)
        return [mine, *results]

    async def _choose_concurrency(
        self, rival: Rival, people: People, step: Callable[[str], None], *, full: bool
    ) -> SideResult:
        """Run smaller bursts at each concurrency."""
        result = SideResult(rival.name)
        for concurrency in CONCURRENCIES:
            run = await self._run(rival, concurrency, await people(rival, _TO_CHOOSE[concurrency]), full=full)
            result.by_concurrency[concurrency] = run[0].rate()
            step(f"  {rival.name} at {concurrency}: {run[0].rate():.0f}/s")
        return result

    async def _measure_rival(self, rival: Rival, result: SideResult, logins: Sequence[Login], *, full: bool) -> None:
        run, cpu, updates = await self._run(rival, result.best(), logins, full=full)
        result.runs.append(run)
        result.cpu.append(cpu)
        result.updates.append(updates)

    async def _run(
        self, rival: Rival, concurrency: int, logins: Sequence[Login], *, full: bool
    ) -> tuple[Run, float, int]:
        await rival.start(concurrency)
        await rival.burst(await rival.people(_WARM_UP, 1, full=full))
        await self._world.prepare_database()
        await self._stripe.control("latency", milliseconds=self._sizes.stripe_milliseconds)
        before = await self._stripe.updates()
        meter = Meter(rival.pids() | self._world.servers())
        meter.start()
        run = await rival.burst(logins)
        cpu = sum(meter.read().values())
        updates = await self._stripe.updates() - before
        await self._stripe.control("latency", milliseconds=0)
        await rival.check(logins)
        await rival.stop()
        return run, cpu, updates

    async def _warm_up(self, ours: Ours) -> None:
        commands = await ours.commands(_WARM_UP)
        await self._driver.burst(commands, ours.arrivals)
        await ours.check(commands)
        await quiet(self._world.pids().values())

    async def _measure_ours(self, ours: Ours, commands: Sequence[Ready], result: SideResult) -> None:
        await self._world.prepare_database()
        await self._stripe.control("latency", milliseconds=self._sizes.stripe_milliseconds)
        before = await self._stripe.updates()
        meter = Meter(self._world.pids() | self._world.servers())
        meter.start()
        result.runs.append(await self._driver.burst(commands, ours.arrivals))
        result.cpu.append(sum(meter.read().values()))
        result.updates.append(await self._stripe.updates() - before)
        await self._stripe.control("latency", milliseconds=0)
        await quiet(self._world.pids().values())
        await ours.check(commands)

    async def _all_paid(self, ours: Ours) -> None:
        """Raise WrongOutcomeError unless each agency has bought a seat for each of its people, at Stripe too."""
        async with self._world.database() as db:
            rows = await db.fetch(
                "SELECT subscription_id, purchased_base, active_base FROM seats.ledgers"
                " JOIN billing.accounts USING (agency_id) WHERE agency_id = ANY($1)",
                ours.agencies,
            )
        paid = await self._stripe.base_seats(row["subscription_id"] for row in rows)
        expected = self._sizes.each + 1
        for row in rows:
            if not paid[row["subscription_id"]] == row["purchased_base"] == row["active_base"] == expected:
                raise WrongOutcomeError(f"{paid[row['subscription_id']]} at Stripe, {dict(row)}")


async def play(
    world: BenchWorld, driver: Driver, sizes: Sizes, step: Callable[[str], None]
) -> tuple[list[SideResult], list[SideResult]]:
    """Run both kinds of burst; a burst without logins is left out."""
    async with stripe_side(world) as stripe:
        match = Match(world, driver, stripe, sizes)
        await match.open()
        free = await match.free(step) if sizes.burst else []
        return free, await match.full(step) if sizes.full else []
