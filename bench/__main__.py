"""`python -m bench`: measure each part on a world of its own, and print its table. README.md describes the parts."""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvloop
from rich.console import Console

from bench import behind, flat, login_codes, members_page, money, readers, sign_ins, stuck
from bench.clinic import Clinic
from bench.driver import Driver, Run
from bench.floor_side import Floor
from bench.hops import hops
from bench.ours import Ours
from bench.replicas import scale
from bench.report import Report
from bench.report_sign_ins import show_replicas, show_sign_ins
from bench.report_steady import show_behind, show_flat, show_full_bursts, show_idle, show_stuck
from bench.rivals.part import Sizes, play
from bench.rivals.table import show
from bench.runs import Bench, idle
from bench.world import BenchWorld
from deploy.local.paths import state_folder

_WARM_UP = 2_000
_WARM_UP_OVER_HTTP = 50
_SLOW_STRIPE = 1_000.0
"""Milliseconds that Stripe takes to respond while many log in at one full agency."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes of the measurements, each under the name of its option."""

    agencies: int
    burst: int
    rounds: int
    rates: Sequence[float]
    seconds: float
    idle_seconds: float
    members: int
    pages: int
    codes: int
    admins: int
    logins: int
    http_rates: Sequence[float]
    sign_in_rates: Sequence[float]
    sign_in_seconds: float
    scale_burst: int
    quotes: int
    payers: int
    rivals: Sizes
    crowd: int
    messages: int
    behind: int

    @property
    def people(self) -> int:
        """Clinicians that each agency needs, so that every login of the run is a first login."""
        steady = sum(int(rate * self.seconds) for rate in self.rates)
        return -(-(_WARM_UP + self.burst * self.rounds + steady) // self.agencies)


@asynccontextmanager
async def world(report: Report) -> AsyncIterator[tuple[BenchWorld, Driver]]:
    """Start a world for one part, and delete it afterwards."""
    folder = state_folder() / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = BenchWorld(folder)
    try:
        report.step("Starting Kafka, Postgres, the Stripe stand-in and the five services ...")
        await made.up()
        async with Driver(made.kafka.bootstrap) as driver:
            yield made, driver
        await report.machine(made)
    finally:
        await made.down()
    shutil.rmtree(folder, ignore_errors=True)


async def first_logins(plan: Plan, report: Report) -> None:
    """Measure what a first login costs from the bus on, beside the floor."""
    async with world(report) as (made, driver):
        report.step(f"Idle for {plan.idle_seconds:g} s ...")
        report.idle("before", await idle(made.pids(), plan.idle_seconds))
        await _with_load(plan, report, made, driver)
        report.step(f"Idle for {plan.idle_seconds:g} s ...")
        report.idle("after", await idle(made.pids(), plan.idle_seconds))
        report.logins()


async def _with_load(plan: Plan, report: Report, made: BenchWorld, driver: Driver) -> None:
    ours = Ours(made, driver, plan.agencies, plan.people)
    floor = Floor(made, plan.agencies, plan.people)
    report.step(f"Opening {plan.agencies} agencies, signing {plan.agencies * plan.people:,} clinicians up ...")
    began = time.monotonic()
    await ours.open()
    report.step(f"  took {time.monotonic() - began:.0f} s")
    await made.stripe.stop()
    await floor.open()
    bench = Bench(made, driver, (ours, floor))
    try:
        report.step("Warming up ...")
        await bench.bursts(_WARM_UP, 1)
        if plan.rounds:
            report.step(f"{plan.rounds} bursts of {plan.burst:,} a side ...")
            report.bursts(await bench.bursts(plan.burst, plan.rounds))
        for rate in plan.rates:
            report.step(f"{rate:g}/s for {plan.seconds:g} s a side ...")
            since = time.time()
            report.steady(rate, await bench.steady(rate, plan.seconds))
            report.hops(rate, await hops(made.kafka.bootstrap, since, ours.arrivals.at))
    finally:
        await ours.close()
        await floor.close()


@asynccontextmanager
async def clinic(report: Report, people: int, active: int) -> AsyncIterator[Clinic]:
    """Open one agency with this many people and Active members, on a world of its own."""
    async with world(report) as (made, driver):
        report.step(f"Opening an agency of {people:,} people, {active:,} of them Active ...")
        opened = await Clinic.open(made, driver, people, active)
        try:
            await made.prepare_database()
            yield opened
        finally:
            await opened.close()


async def a_page_of_members(plan: Plan, report: Report) -> None:
    """Measure `GET /members` of a large agency, beside the bare query and its serialization."""
    async with clinic(report, plan.members, plan.members // 2) as opened:
        report.step("Warming up ...")
        await members_page.compare(opened, _WARM_UP_OVER_HTTP)
        report.step(f"Each kind of page {plan.pages} times a side ...")
        report.pages(plan.members, await members_page.compare(opened, plan.pages))
        await members_page.beside_json(opened, _WARM_UP_OVER_HTTP)
        report.first_view(plan.members, *await members_page.beside_json(opened, plan.pages))


async def login_code_times(plan: Plan, report: Report) -> None:
    """Measure `POST /login-codes` for known and for unknown addresses."""
    async with clinic(report, plan.codes + _WARM_UP_OVER_HTTP, 1) as opened:
        report.step("Warming up ...")
        await login_codes.measure(opened, _WARM_UP_OVER_HTTP)
        report.step(f"{plan.codes:,} codes requested on either side ...")
        report.codes(await login_codes.measure(opened, plan.codes))


async def logins_beside_readers(plan: Plan, report: Report) -> None:
    """Measure first logins over HTTP while admins read, beside the same without readers."""
    runs = 2 * plan.rounds * len(plan.http_rates)
    people = plan.admins + _WARM_UP_OVER_HTTP + runs * plan.logins
    async with clinic(report, people, plan.admins) as opened:
        report.step(f"Making {plan.admins} of them admins, who sign in; the others request codes ...")
        sessions = [await opened.session(admin) for admin in await opened.make_admins(plan.admins)]
        await opened.hand_over()
        coming = await opened.pending(_WARM_UP_OVER_HTTP + runs * plan.logins)
        links, gateway = iter(await opened.links(coming)), [opened.world.gateway]
        report.step("Warming up ...")
        await readers.log_in(
            [opened.world.gateway], [next(links) for _ in range(_WARM_UP_OVER_HTTP)], plan.http_rates[0]
        )
        for rate in plan.http_rates:
            alone: list[Run] = []
            beside: list[Run] = []
            pages: list[float] = []
            for number in range(plan.rounds):
                report.step(f"{plan.logins} first logins at {rate:g}/s, alone and beside readers: {number + 1} ...")
                await opened.world.prepare_database()
                alone.append(await readers.log_in(gateway, [next(links) for _ in range(plan.logins)], rate))
                await opened.world.prepare_database()
                mine = [next(links) for _ in range(plan.logins)]
                run, pages_read = await readers.while_reading(opened, sessions, mine, rate)
                beside.append(run)
                pages += pages_read.pages
            report.readers(plan.admins, rate, alone, beside, pages)


async def whole_sign_ins(plan: Plan, report: Report) -> None:
    """Measure the whole first login over HTTP, beside an honest monolith that does the same work."""
    count = _WARM_UP_OVER_HTTP + sum(int(rate * plan.sign_in_seconds) for rate in plan.sign_in_rates)
    async with clinic(report, count, 1) as opened:
        await opened.hand_over()
        report.step(f"{count:,} people request codes ...")
        links = iter(await opened.links(await opened.pending(count)))
        monolith = await sign_ins.Monolith.open(opened.world, count)
        try:
            report.step("Warming up ...")
            await sign_ins.measure(opened, monolith, links, _WARM_UP_OVER_HTTP, 1)
            results = {}
            for rate in plan.sign_in_rates:
                report.step(f"{rate:g}/s for {plan.sign_in_seconds:g} s a side ...")
                results[rate] = await sign_ins.measure(opened, monolith, links, rate, plan.sign_in_seconds)
            await monolith.check(count)
            show_sign_ins(report, results)
        finally:
            await monolith.stop()


async def replicas(plan: Plan, report: Report) -> None:
    """Measure bursts with one, two and three replicas of members and seats, and what a rebalance costs."""
    async with world(report) as (made, driver):
        show_replicas(report, await scale(made, driver, plan.scale_burst, report.step))


@asynccontextmanager
async def payers(report: Report, count: int) -> AsyncIterator[money.Payers]:
    """Open this many agencies with an admin each, on a world of their own."""
    async with world(report) as (made, _):
        report.step(f"Opening {count:,} agencies over HTTP ...")
        opened = await money.Payers.open(made, count)
        try:
            yield opened
        finally:
            opened.close()


async def quotes(plan: Plan, report: Report) -> None:
    """Measure `POST /seats/quotes` while Stripe takes its time, beside Stripe's response alone."""
    async with payers(report, 1) as opened:
        report.step("Warming up ...")
        await money.quote(opened, _WARM_UP_OVER_HTTP // 5)
        report.step(f"{plan.quotes} quotes, Stripe responding in {money.STRIPE_MILLISECONDS} ms ...")
        report.quotes(await money.quote(opened, plan.quotes))


async def adjusts(plan: Plan, report: Report) -> None:
    """Measure many agencies that adjust their seats in the same moment, beside the pace that Stripe allows."""
    async with payers(report, plan.payers + 1) as opened:
        report.step(f"{plan.payers:,} agencies ask for a quote, then save at once ...")
        report.adjusts(await money.adjust(opened))


async def beside_rivals(plan: Plan, report: Report) -> None:
    """Measure a burst as most projects would build it, each rival at its best concurrency."""
    async with world(report) as (made, driver):
        for sides in await play(made, driver, plan.rivals, report.step):
            show(report, sides)


async def stuck_at_stripe(plan: Plan, report: Report) -> None:
    """Measure what an agency stuck at Stripe costs the others, and a burst at one full agency."""
    async with world(report) as (made, driver):
        show_stuck(report, await stuck.one_stuck(made, driver, plan.seconds, report.step))
        burst = stuck.burst_at_one(made, driver, plan.crowd, plan.rounds, _SLOW_STRIPE, report.step)
        show_full_bursts(report, await burst)


async def at_rest(plan: Plan, report: Report) -> None:
    """Measure memory and CPU of the five services before any message."""
    async with world(report) as (made, _):
        report.step(f"Idle for {plan.idle_seconds:g} s ...")
        show_idle(report, await idle(made.pids(), plan.idle_seconds))


async def stays_flat(plan: Plan, report: Report) -> None:
    """Measure memory, tables and latency, before and after very many messages."""
    async with world(report) as (made, driver):
        seconds = plan.seconds, plan.idle_seconds
        result = await flat.before_and_after(made, driver, plan.messages, plan.rates, seconds, report.step)
        show_flat(report, result)


async def far_behind(plan: Plan, report: Report) -> None:
    """Measure how fast a service catches up with one agency's messages, beside as many of 1,000 agencies."""
    folder = state_folder() / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    show_behind(report, await behind.compare(folder, plan.behind, plan.rounds, report.step))
    shutil.rmtree(folder, ignore_errors=True)


PARTS: Mapping[str, Callable[[Plan, Report], Awaitable[None]]] = {
    "logins": first_logins,
    "members": a_page_of_members,
    "codes": login_code_times,
    "http": whole_sign_ins,
    "readers": logins_beside_readers,
    "quotes": quotes,
    "adjusts": adjusts,
    "rivals": beside_rivals,
    "stuck": stuck_at_stripe,
    "idle": at_rest,
    "flat": stays_flat,
    "behind": far_behind,
    "replicas": replicas,
}


async def measure(parts: list[str], plan: Plan, report: Report) -> None:
    """Run the given parts, one after the other."""
    for part in parts:
        await PARTS[part](plan, report)


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), help="measure only these parts")
    parser.add_argument("--agencies", type=int, default=200)
    parser.add_argument("--burst", type=int, default=20_000, help="first logins of a burst")
    parser.add_argument("--rounds", type=int, default=3, help="bursts a side; with and without readers")
    parser.add_argument("--rates", type=float, nargs="*", default=[50.0, 500.0], help="steady logins a second")
    parser.add_argument("--seconds", type=float, default=20, help="seconds of each steady rate")
    parser.add_argument("--idle", dest="idle_seconds", type=float, default=30, help="seconds of idleness")
    parser.add_argument("--members", type=int, default=10_000, help="members of the agency whose pages are read")
    parser.add_argument("--pages", type=int, default=400, help="pages of each kind, a side")
    parser.add_argument("--codes", type=int, default=2_000, help="login codes requested, a side")
    parser.add_argument("--admins", type=int, default=200, help="admins who read")
    parser.add_argument("--logins", type=int, default=500, help="first logins while admins read")
    parser.add_argument(
        "--http-rates", type=float, nargs="+", default=[25.0, 50.0], help="rates of those logins, a second"
    )
    parser.add_argument(
        "--sign-in-rates", type=float, nargs="+", default=[5.0, 50.0, 200.0], help="whole sign-ins a second over HTTP"
    )
    parser.add_argument("--sign-in-seconds", type=float, default=10, help="seconds of each of these rates")
    parser.add_argument("--scale-burst", type=int, default=5_000, help="first logins of a burst with replicas")
    parser.add_argument("--quotes", type=int, default=100, help="quotes, and as many responses of Stripe alone")
    parser.add_argument("--payers", type=int, default=1_000, help="agencies that adjust at once")
    parser.add_argument("--rival-burst", type=int, default=4_000, help="first logins where seats are free")
    parser.add_argument("--full", type=int, default=100, help="full agencies of eight clinicians in a rival's burst")
    parser.add_argument("--stripe-ms", type=float, default=300, help="milliseconds of Stripe's response to a rival")
    parser.add_argument("--crowd", type=int, default=500, help="first logins at once at one full agency")
    parser.add_argument(
        "--messages", type=int, default=200_000, help="messages handled between the two measurements of flat"
    )
    parser.add_argument("--behind", type=int, default=100_000, help="messages with which a service has to catch up")
    options = vars(parser.parse_args())
    parts = options.pop("only")
    rivals = Sizes(options.pop("rival_burst"), options.pop("full"), options.pop("stripe_ms"), options["rounds"])
    plan = Plan(**options, rivals=rivals)
    uvloop.run(measure(parts, plan, Report(Console(width=140))))


if __name__ == "__main__":
    main()
