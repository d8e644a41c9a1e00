"""Memory, tables and latency before and after very many messages: whatever grows without a reason is a leak."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from bench.driver import Driver, Run
from bench.ours import Ours
from bench.processes import proportional_bytes, quiet
from bench.runs import Idle, idle
from bench.world import BenchWorld

HANDLED_PER_LOGIN = 12
"""Messages that the five services together handle for one first login."""
KEPT = {
    "gateway.operations": "a write over HTTP, 7 days",
    "gateway.feed": "an agency and batch, a day",
    "gateway.activity": "a change, for good",
    "seats.holders": "a seat that is held",
}
"""Tables that gain rows with first logins by their nature, and what a row is. The outboxes are excluded."""
_OUTBOX = "outbox"
_AGENCIES = 200
_BURSTS = 4
"""One more burst of the same size precedes the first measurement, so the peak of a burst is no growth."""
_COUNT = re.compile(r"^headcount_messages_handled_total\{.*\} ([\d.e+]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its indexes and its out-of-line storage."""

    rows: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement of everything."""

    handled: float
    """Messages handled so far by all five services."""
    idle: Idle
    """The services at rest, after the steady rates."""
    tables: dict[str, Table]
    """By schema and name, without the outboxes."""
    steady: dict[float, Run]
    """First logins at these rates per second."""


@dataclass(frozen=True, slots=True)
class Flat:
    """The measurements before and after, and the memory after each burst between them."""

    before: Measurement
    after: Measurement
    bursts: tuple[Run, ...]
    memory: tuple[float, ...]
    """Megabytes of the five together, after each burst."""


async def before_and_after(
    world: BenchWorld,
    driver: Driver,
    messages: int,
    rates: Sequence[float],
    seconds: tuple[float, float],
    step: Callable[[str], None],
) -> Flat:
    """Measure, handle `messages` messages, and measure again. `seconds`: of each steady rate, and of idleness."""
    burst = -(-messages // HANDLED_PER_LOGIN // _BURSTS)
    steady = sum(int(rate * seconds[0]) for rate in rates)
    people = -(-((1 + _BURSTS) * burst + 2 * steady) // _AGENCIES)
    step(f"Opening {_AGENCIES} agencies, signing {_AGENCIES * people:,} clinicians up ...")
    ours = Ours(world, driver, _AGENCIES, people)
    await ours.open()
    await world.stripe.stop()
    step("Warming up ...")
    await _burst(world, driver, ours, burst)
    await world.prepare_database()
    step("Measuring ...")
    before = await _measure(world, driver, ours, rates, seconds)
    bursts, memory = [], []
    for number in range(_BURSTS):
        step(f"{burst:,} first logins: {number + 1} of {_BURSTS} ...")
        bursts.append(await _burst(world, driver, ours, burst))
        memory.append(_memory(world))
    step("Measuring again ...")
    after = await _measure(world, driver, ours, rates, seconds)
    await ours.close()
    return Flat(before, after, tuple(bursts), tuple(memory))


async def _burst(world: BenchWorld, driver: Driver, ours: Ours, count: int) -> Run:
    """Run a burst without a vacuum but the server's own, because its leftovers are part of the question."""
    commands = await ours.commands(count)
    run = await driver.burst(commands, ours.arrivals)
    await quiet(world.pids().values())
    await ours.check(commands)
    return run


async def _measure(
    world: BenchWorld, driver: Driver, ours: Ours, rates: Sequence[float], seconds: tuple[float, float]
) -> Measurement:
    """Measure latency, then idleness, then the tables; by then the server has vacuumed, as it does once a minute."""
    handled = await _handled(world)
    steady = {}
    for rate in rates:
        commands = await ours.commands(int(rate * seconds[0]))
        steady[rate] = await driver.steady(commands, ours.arrivals, rate)
        await quiet(world.pids().values())
        await ours.check(commands)
    at_rest = await idle(world.pids(), seconds[1])
    return Measurement(handled, at_rest, await _tables(world), steady)


def _memory(world: BenchWorld) -> float:
    return sum(proportional_bytes(pid) for pid in world.pids().values()) / 1e6


async def _handled(world: BenchWorld) -> float:
    """Sum the handled messages in the services' own metrics."""
    total = 0.0
    async with httpx.AsyncClient(trust_env=False) as http:
        for address in world.addresses():
            text = (await http.get(f"{address}/metrics")).text
            total += sum(float(count) for count in _COUNT.findall(text))
    return total


async def _tables(world: BenchWorld) -> dict[str, Table]:
    async with world.database() as db:
        tables = await db.fetch(
            "SELECT schemaname AS schema, relname AS name, pg_total_relation_size(relid) AS size"
            " FROM pg_stat_user_tables WHERE schemaname = ANY($1) AND relname <> $2 ORDER BY 1, 2",
            list(world.pids()),
            _OUTBOX,
        )
        return {
            f"{table['schema']}.{table['name']}": Table(
                await db.fetchval(f"SELECT count(*) FROM {table['schema']}.{table['name']}"),  # noqa: S608  our own names
                table["size"],
            )
            for table in tables
        }


def gained(flat: Flat) -> Mapping[str, int]:
    """Return the rows that each table has gained between the measurements."""
    return {name: after.rows - flat.before.tables[name].rows for name, after in flat.after.tables.items()}
