"""Memory, tables and latency before and after a great many messages: what grows without a reason is a leak."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from bench.driver import Driver, Run
from bench.ours import Ours
from bench.processes import proportional_bytes, quiet
from bench.runs import Idle, idle
from bench.world import BenchWorld

HEARD_A_LOGIN = 12
"""Messages that the five hear for one first login, together."""
KEPT = {
    "gateway.operations": "a write over HTTP, 7 days",
    "gateway.feed": "an agency and batch, a day",
    "gateway.activity": "a change, for good",
    "seats.holders": "a seat that is held",
}
"""Tables that gain rows with first logins by their nature, and what a row is. (The outboxes are the log, and apart.)"""
_OUTBOX = "outbox"
_AGENCIES = 200
_BURSTS = 4
"""And one of the same size before the first look: what a burst takes at its height is no growth."""
_COUNT = re.compile(r"^headcount_messages_handled_total\{.*\} ([\d.e+]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its indexes and what is kept out of line."""

    rows: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How things stand."""

    handled: float
    """Messages heard so far, by all five."""
    idle: Idle
    """The services with nothing to do, after the steady rates."""
    tables: dict[str, Table]
    """By schema and name, without the outboxes."""
    steady: dict[float, Run]
    """First logins at these rates a second."""


@dataclass(frozen=True, slots=True)
class Flat:
    """Before and after; between them, memory after each burst."""

    before: Seen
    after: Seen
    bursts: tuple[Run, ...]
    memory: tuple[float, ...]
    """Megabytes of the five together, after each burst."""


async def before_and_after(
    world: BenchWorld,
    driver: Driver,
    messages: int,
    rates: tuple[float, ...],
    seconds: tuple[float, float],
    step: Callable[[str], None],
) -> Flat:
    """So many messages heard between two looks at everything. `seconds`: of each steady rate, and of idleness."""
    burst = -(-messages // HEARD_A_LOGIN // _BURSTS)
    steady = sum(int(rate * seconds[0]) for rate in rates)
    people = -(-((1 + _BURSTS) * burst + 2 * steady) // _AGENCIES)
    step(f"Opening {_AGENCIES} agencies, signing {_AGENCIES * people:,} clinicians up ...")
    ours = Ours(world, driver, _AGENCIES, people)
    await ours.open()
    await world.stripe.stop()
    step("Warming up ...")
    await _burst(world, driver, ours, burst)
    await world.settle()
    step("Looking ...")
    before = await _look(world, driver, ours, rates, seconds)
    bursts, memory = [], []
    for number in range(_BURSTS):
        step(f"{burst:,} first logins: {number + 1} of {_BURSTS} ...")
        bursts.append(await _burst(world, driver, ours, burst))
        memory.append(_memory(world))
    step("Looking again ...")
    after = await _look(world, driver, ours, rates, seconds)
    await ours.close()
    return Flat(before, after, tuple(bursts), tuple(memory))


async def _burst(world: BenchWorld, driver: Driver, ours: Ours, count: int) -> Run:
    """No vacuum but the server's own: what it leaves is part of the question."""
    orders = await ours.orders(count)
    run = await driver.burst(orders, ours.arrivals)
    await quiet(world.pids().values())
    await ours.check(orders)
    return run


async def _look(
    world: BenchWorld, driver: Driver, ours: Ours, rates: tuple[float, ...], seconds: tuple[float, float]
) -> Seen:
    """Latency first, then idleness, then the tables: by then the server has vacuumed, as it does once a minute."""
    handled = await _heard(world)
    steady = {}
    for rate in rates:
        orders = await ours.orders(int(rate * seconds[0]))
        steady[rate] = await driver.steady(orders, ours.arrivals, rate)
        await quiet(world.pids().values())
        await ours.check(orders)
    at_rest = await idle(world.pids(), seconds[1])
    return Seen(handled, at_rest, await _tables(world), steady)


def _memory(world: BenchWorld) -> float:
    return sum(proportional_bytes(pid) for pid in world.pids().values()) / 1e6


async def _heard(world: BenchWorld) -> float:
    """What the services' own metrics say."""
    total = 0.0
    async with httpx.AsyncClient(trust_env=False) as http:
        for address in world.addresses():
            text = (await http.get(f"{address}/metrics")).text
            total += sum(float(count) for count in _COUNT.findall(text))
    return total


async def _tables(world: BenchWorld) -> dict[str, Table]:
    async with world.database() as db:
        found = await db.fetch(
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
            for table in found
        }


def gained(flat: Flat) -> Mapping[str, int]:
    """Rows that each table has gained between the looks."""
    return {name: after.rows - flat.before.tables[name].rows for name, after in flat.after.tables.items()}
