"""The whole first login over HTTP, from `POST /sessions` to the 201 that says Active, beside an honest monolith's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Self

from bench.clinic import Clinic
from bench.command_encoder import new_id
from bench.driver import Run
from bench.ours import WrongOutcomeError
from bench.processes import Meter, quiet
from bench.readers import log_in
from bench.rivals import honest
from bench.world import BenchWorld
from deploy.local.ports import answers, free_port, until
from deploy.local.programs import Program
from services.gateway.application.hashing import new_token

PROCESSES, CONNECTIONS = 2, 8
"""Of the monolith: a process a core, and connections to Postgres of each."""
_READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SignIns:
    """The sign-ins of one side at one rate."""

    run: Run
    cpu: float
    """CPU seconds of all processes until everything was quiet."""


class Monolith:
    """The honest monolith, with an agency of as many people as ours has."""

    name = "honest monolith"

    def __init__(self, world: BenchWorld, links: Sequence[str]) -> None:
        self._world = world
        self.links = iter(links)
        self._ports = [free_port() for _ in range(PROCESSES)]
        self.urls = [f"http://127.0.0.1:{port}" for port in self._ports]
        self._programs: list[Program] = []

    @classmethod
    async def open(cls, world: BenchWorld, people: int) -> Self:
        """Make its tables and people, each with a link in the mail, and start it."""
        agency, members, links = new_id(), [new_id() for _ in range(people)], [new_token() for _ in range(people)]
        until_when = datetime.now(UTC) + timedelta(days=1)
        async with world.database() as db:
            await db.execute(honest.ALL_TABLES)
            await _copy(db, "agencies", [(agency, people + 1, 1, False, None, None)])
            await _copy(db, "members", [(member, agency, "pending_login") for member in members])
            mailed = zip(members, links, strict=True)
            rows = [(honest.hash_of(link), member, agency, new_id(), until_when, None) for member, link in mailed]
            await _copy(db, "links", rows)
        monolith = cls(world, links)
        await monolith._start()
        return monolith

    async def _start(self) -> None:
        environment = {"RIVAL_POSTGRES": self._world.postgres.url, "RIVAL_CONCURRENCY": str(CONNECTIONS)}
        for port in self._ports:
            name = f"{honest.SCHEMA}-{port}"
            command = ("python", "-m", "bench.rivals.honest", str(port))
            program = self._world.program(name, *command, environment=environment)
            program.start()
            self._programs.append(program)

            async def ready(port: int = port) -> bool:
                return await answers(port)

            await until(ready, still_alive=program.check, seconds=_READY_SECONDS)

    def pids(self) -> dict[str, int]:
        """Return its processes."""
        return {program.name: program.pid for program in self._programs}

    async def check(self, expected: int) -> None:
        """Raise WrongOutcomeError unless so many are Active, each with a seat, a session, a log line and a mail."""
        async with self._world.database() as db:
            row = await db.fetchrow(
                f"SELECT (SELECT active - 1 FROM {honest.SCHEMA}.agencies) AS seats,"  # noqa: S608  our own schema
                f" (SELECT count(*) FROM {honest.SCHEMA}.members WHERE status = 'active') AS members,"
                f" (SELECT count(*) FROM {honest.SCHEMA}.sessions) AS sessions,"
                f" (SELECT count(*) FROM {honest.SCHEMA}.activity) AS lines,"
                f" (SELECT count(*) FROM {honest.SCHEMA}.outbox) AS mails"
            )
        if row is None or set(row.values()) != {expected}:
            raise WrongOutcomeError(f"{self.name}: {expected} signed in, {row}")

    async def stop(self) -> None:
        """End its processes."""
        await asyncio.gather(*(program.stop() for program in self._programs))


async def _copy(db: Any, table: str, rows: Sequence[Sequence[object]]) -> None:  # noqa: ANN401  asyncpg's
    await db.copy_records_to_table(table, schema_name=honest.SCHEMA, records=rows)


async def measure(
    clinic: Clinic, monolith: Monolith, links: Iterator[str], per_second: float, seconds: float
) -> tuple[SignIns, SignIns]:
    """Sign people in at a steady rate, at ours and then at the monolith."""
    world, count = clinic.world, int(per_second * seconds)
    ours = await _side(world, world.pids(), [world.gateway], list(islice(links, count)), per_second)
    theirs = await _side(world, monolith.pids(), monolith.urls, list(islice(monolith.links, count)), per_second)
    return ours, theirs


async def _side(
    world: BenchWorld, pids: dict[str, int], urls: Sequence[str], links: Sequence[str], per_second: float
) -> SignIns:
    await world.prepare_database()
    meter = Meter(pids | world.servers())
    meter.start()
    run = await log_in(urls, links, per_second)
    await quiet(pids.values())
    return SignIns(run, sum(meter.read().values()))
