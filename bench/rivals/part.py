"""The match: a burst of first logins, ours and each rival's at its best concurrency, in turns on the same servers.

Twice: where every agency has seats enough, and where each is full with Auto-Add ON, so that Stripe is asked.
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
"""A burst by which the best concurrency is chosen has this part of the full one's logins."""
_WARM_UP = 240
_AGENCIES = 200
People = Callable[[Rival, int], Awaitable[list[Login]]]
"""Makes new ones at a rival: so many that a burst is this part of the full one."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    burst: int
    """First logins where seats are free, over 200 agencies."""
    full: int
    """Full agencies of one burst."""
    stripe_milliseconds: float
    rounds: int
    each: int = 8
    """Clinicians of a full agency: Stripe makes ten invoices a minute for a subscription, the first at its opening."""


@dataclass(slots=True)
class Shown:
    """What one side has shown in one kind of burst."""

    name: str
    runs: list[Run] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """CPU seconds of its own processes, the broker, the database and the driver, a run."""
    updates: list[int] = field(default_factory=list)
    """How often Stripe was asked to change a subscription, a run."""
    by_concurrency: dict[int, float] = field(default_factory=dict)
    """Logins a second of the smaller bursts by which the best was chosen."""

    def rate(self) -> float:
        """Logins a second, the median run's."""
        return median(run.rate() for run in self.runs)

    def best(self) -> int:
        """The concurrency at which it did best."""
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

        Our services would hear of each of a rival's invoices: those webhooks are not to take cores from it.
        """
        await self._stripe.control("webhooks", drop=True)
        for rival in self._rivals:
            await rival.open()

    async def free(self, step: Callable[[str], None]) -> list[Shown]:
        """Seats enough: nobody asks Stripe."""
        sizes = self._sizes
        step(f"Opening {_AGENCIES} agencies of ours ...")
        ours = Ours(self._world, self._driver, _AGENCIES, -(-(_WARM_UP + sizes.rounds * sizes.burst) // _AGENCIES))
        await ours.open()
        await self._warm_up(ours)

        async def people(rival: Rival, part: int) -> list[Login]:
            each = -(-sizes.burst // part // _AGENCIES)
            return await rival.people(_AGENCIES, each, full=False)

        shown = [await self._chosen(rival, people, step, full=False) for rival in self._rivals]
        mine = Shown("ours")
        for number in range(sizes.rounds):
            step(f"Bursts of {sizes.burst:,}: {number + 1} ...")
            await self._ours(ours, await ours.orders(sizes.burst), mine)
            for rival, its in zip(self._rivals, shown, strict=True):
                await self._turn(rival, its, await people(rival, 1), full=False)
        await ours.close()
        return [mine, *shown]

    async def full(self, step: Callable[[str], None]) -> list[Shown]:
        """Full, with Auto-Add ON: every login needs a seat that Stripe is asked for."""
        sizes = self._sizes
        await self._stripe.control("rate-limit", perSecond=None)

        async def people(rival: Rival, part: int) -> list[Login]:
            return await rival.people(-(-sizes.full // part), sizes.each, full=True)

        shown = [await self._chosen(rival, people, step, full=True) for rival in self._rivals]
        mine = Shown("ours")
        for number in range(sizes.rounds):
            step(f"Bursts of {sizes.full * sizes.each:,} at {sizes.full} full agencies: {number + 1} ...")
            await self._stripe.control("webhooks")
            ours = Ours(self._world, self._driver, sizes.full, sizes.each, seats=1, name=f"full-{number}")
            await ours.open()
            await ours.auto_add()
            await quiet(self._world.pids().values())
            await self._ours(ours, await ours.orders(sizes.full * sizes.each), mine)
            await self._all_paid(ours)
            await ours.close()
            await self._stripe.control("webhooks", drop=True)
            for rival, its in zip(self._rivals, shown, strict=True):
                await self._turn(rival, its, await people(rival, 1), full=True)
        return [mine, *shown]

    async def _chosen(self, rival: Rival, people: People, step: Callable[[str], None], *, full: bool) -> Shown:
        """Smaller bursts at each concurrency."""
        shown = Shown(rival.name)
        for concurrency in CONCURRENCIES:
            run = await self._run(rival, concurrency, await people(rival, _TO_CHOOSE[concurrency]), full=full)
            shown.by_concurrency[concurrency] = run[0].rate()
            step(f"  {rival.name} at {concurrency}: {run[0].rate():.0f}/s")
        return shown

    async def _turn(self, rival: Rival, shown: Shown, logins: Sequence[Login], *, full: bool) -> None:
        run, cpu, updates = await self._run(rival, shown.best(), logins, full=full)
        shown.runs.append(run)
        shown.cpu.append(cpu)
        shown.updates.append(updates)

    async def _run(
        self, rival: Rival, concurrency: int, logins: Sequence[Login], *, full: bool
    ) -> tuple[Run, float, int]:
        await rival.start(concurrency)
        await rival.burst(await rival.people(_WARM_UP, 1, full=full))
        await self._world.settle()
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
        orders = await ours.orders(_WARM_UP)
        await self._driver.burst(orders, ours.arrivals)
        await ours.check(orders)
        await quiet(self._world.pids().values())

    async def _ours(self, ours: Ours, orders: Sequence[Ready], shown: Shown) -> None:
        await self._world.settle()
        await self._stripe.control("latency", milliseconds=self._sizes.stripe_milliseconds)
        before = await self._stripe.updates()
        meter = Meter(self._world.pids() | self._world.servers())
        meter.start()
        shown.runs.append(await self._driver.burst(orders, ours.arrivals))
        shown.cpu.append(sum(meter.read().values()))
        shown.updates.append(await self._stripe.updates() - before)
        await self._stripe.control("latency", milliseconds=0)
        await quiet(self._world.pids().values())
        await ours.check(orders)

    async def _all_paid(self, ours: Ours) -> None:
        """Each agency has bought a seat for each of its people, and Stripe says the same. WrongOutcomeError else."""
        async with self._world.database() as db:
            rows = await db.fetch(
                "SELECT subscription_id, purchased_base, active_base FROM seats.ledgers"
                " JOIN billing.accounts USING (agency_id) WHERE agency_id = ANY($1)",
                ours.agencies,
            )
        paid = await self._stripe.base_seats(row["subscription_id"] for row in rows)
        wanted = self._sizes.each + 1
        for row in rows:
            if not paid[row["subscription_id"]] == row["purchased_base"] == row["active_base"] == wanted:
                raise WrongOutcomeError(f"{paid[row['subscription_id']]} at Stripe, {dict(row)}")


async def play(
    world: BenchWorld, driver: Driver, sizes: Sizes, step: Callable[[str], None]
) -> tuple[list[Shown], list[Shown]]:
    """Both bursts: with seats enough, and at full agencies; a burst of no logins is left out."""
    async with stripe_side(world) as stripe:
        match = Match(world, driver, stripe, sizes)
        await match.open()
        free = await match.free(step) if sizes.burst else []
        return free, await match.full(step) if sizes.full else []
