"""The rivals' sides: their tables and people, their processes at a concurrency, a burst, and the final check."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from bench.arrivals import Arrivals
from bench.command_encoder import new_id
from bench.driver import Driver, Ready, Run
from bench.http import Connection
from bench.ours import WrongOutcomeError
from bench.rivals import handlers, rule
from bench.stripe_side import StripeSide
from bench.world import BenchWorld
from contracts.topics import PARTITIONS, RETENTION_MS
from deploy.local.ports import answers, free_port, until
from deploy.local.programs import Program
from services.cli.topics import provision
from transport.access import KafkaAccess

_READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Login:
    """A person who has never logged in, and the command that records the first login."""

    command_id: UUID
    agency_id: UUID
    member_id: UUID

    def body(self) -> dict[str, object]:
        """Return the request's body."""
        return {"command_id": str(self.command_id), "agency_id": str(self.agency_id), "member_id": str(self.member_id)}


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of a rival: how many seats it has, one of which its admin holds."""

    id: UUID
    purchased: int
    auto_add: bool
    subscription: str | None = None
    item: str | None = None


class Rival(ABC):
    """One rival implementation."""

    name: str
    schema: str

    def __init__(self, world: BenchWorld, stripe: StripeSide) -> None:
        self.world = world
        self._stripe = stripe
        self._agencies: dict[UUID, Agency] = {}
        self._programs: list[Program] = []

    @abstractmethod
    async def open(self) -> None:
        """Make tables, and what else the rival needs."""

    @abstractmethod
    async def start(self, concurrency: int) -> None:
        """Start the rival's processes, with this much concurrency in all."""

    @abstractmethod
    async def burst(self, logins: Sequence[Login]) -> Run:
        """Run all logins at once, until the last outcome can be read."""

    @abstractmethod
    async def _write(self, db: Any, agencies: Sequence[Agency], members: Iterable[tuple[UUID, UUID, str]]) -> None:  # noqa: ANN401  asyncpg's
        """Insert agencies and (member, agency, status) rows."""

    @abstractmethod
    async def _counts(self, db: Any, agencies: Sequence[UUID]) -> Sequence[Any]:  # noqa: ANN401  asyncpg's
        """Return, for each agency: agency_id, purchased, active, and how many can be read as Active."""

    async def people(self, agencies: int, each: int, *, full: bool) -> list[Login]:
        """Make agencies with people, who log in in turns. Full: one seat, which the admin holds, and Auto-Add ON."""
        subscriptions = await self._stripe.subscribe(agencies) if full else [(None, None)] * agencies
        made = [Agency(new_id(), 1 if full else each + 1, full, *subscription) for subscription in subscriptions]
        logins = [Login(new_id(), agency.id, new_id()) for _ in range(each) for agency in made]
        async with self.world.database() as db:
            await db.execute(f"SET search_path = {self.schema}")
            await self._write(db, made, [(login.member_id, login.agency_id, "pending_login") for login in logins])
        self._agencies |= {agency.id: agency for agency in made}
        return logins

    async def check(self, logins: Sequence[Login]) -> None:
        """Raise WrongOutcomeError unless all are Active to a reader, each with a purchased seat, at Stripe too."""
        logged_in: dict[UUID, int] = {}
        for login in logins:
            logged_in[login.agency_id] = logged_in.get(login.agency_id, 0) + 1
        async with self.world.database() as db:
            await db.execute(f"SET search_path = {self.schema}")
            rows = {row["agency_id"]: row for row in await self._counts(db, list(logged_in))}
        bought = [
            agency for agency in (self._agencies[agency] for agency in logged_in) if agency.subscription is not None
        ]
        paid = await self._stripe.base_seats(str(agency.subscription) for agency in bought)
        for agency_id, count in logged_in.items():
            row, agency = rows[agency_id], self._agencies[agency_id]
            if not row["readable"] == row["active"] - 1 == count or row["active"] > row["purchased"]:
                raise WrongOutcomeError(f"{self.name}: {count} logged in, {dict(row)}")
            if agency.subscription is not None and not paid[agency.subscription] == row["purchased"] == count + 1:
                raise WrongOutcomeError(f"{self.name}: {paid[agency.subscription]} at Stripe, {dict(row)}")

    async def stop(self) -> None:
        """End the rival's processes."""
        await asyncio.gather(*(program.stop() for program in self._programs))
        self._programs = []

    def pids(self) -> dict[str, int]:
        """The processes whose CPU counts as the rival's."""
        return {program.name: program.pid for program in self._programs}

    def _start(self, name: str, module: str, argument: str, concurrency: int) -> Program:
        environment = {
            "RIVAL_POSTGRES": self.world.postgres.url,
            "RIVAL_KAFKA": self.world.kafka.bootstrap,
            "RIVAL_STRIPE": self.world.stripe.url,
            "RIVAL_CONCURRENCY": str(concurrency),
        }
        program = self.world.program(name, "python", "-m", f"bench.rivals.{module}", argument, environment=environment)
        program.start()
        self._programs.append(program)
        return program


class OverHttp(Rival):
    """A rival over HTTP: as many requests at once as its concurrency, over two processes from two on."""

    def __init__(self, world: BenchWorld, stripe: StripeSide, name: str, schema: str) -> None:
        super().__init__(world, stripe)
        self.name, self.schema = name, schema
        self._concurrency = 1
        self._urls: list[str] = []

    async def open(self) -> None:
        """Make the rival's tables."""
        async with self.world.database() as db:
            await db.execute(rule.TABLES.format(schema=self.schema))

    async def start(self, concurrency: int) -> None:
        """Start one process per core, if there is work for each."""
        self._concurrency = concurrency
        processes = min(2, concurrency)
        ports = [free_port() for _ in range(processes)]
        self._urls = [f"http://127.0.0.1:{port}" for port in ports]
        for number, port in enumerate(ports):
            program = self._start(f"{self.schema}-{number}", self.schema, str(port), concurrency // processes)

            async def ready(port: int = port) -> bool:
                return await answers(port)

            await until(ready, still_alive=program.check, seconds=_READY_SECONDS)

    async def burst(self, logins: Sequence[Login]) -> Run:
        """Open connections, each of which sends the next login as soon as it has its response."""
        bodies = iter([login.body() for login in logins])
        urls = cycle(self._urls)
        connections = [await Connection.to(next(urls)) for _ in range(self._concurrency)]
        ends: list[float] = []
        began = time.perf_counter()

        async def send_logins(connection: Connection) -> None:
            for body in bodies:
                await connection.request("POST", "/first-logins", body)
                ends.append(time.perf_counter() - began)
            connection.close()

        await asyncio.gather(*(send_logins(connection) for connection in connections))
        return Run(max(ends), tuple(ends))

    async def _write(self, db: Any, agencies: Sequence[Agency], members: Iterable[tuple[UUID, UUID, str]]) -> None:  # noqa: ANN401  asyncpg's
        rows = [
            (agency.id, agency.purchased, 1, agency.auto_add, agency.subscription, agency.item) for agency in agencies
        ]
        await _copy(db, self.schema, agencies=rows, members=members)

    async def _counts(self, db: Any, agencies: Sequence[UUID]) -> Sequence[Any]:  # noqa: ANN401  asyncpg's
        return await db.fetch(  # type: ignore[no-any-return]
            "SELECT a.agency_id, a.purchased, a.active, count(*) FILTER (WHERE m.status = 'active') AS readable"
            " FROM agencies a JOIN members m USING (agency_id) WHERE a.agency_id = ANY($1) GROUP BY a.agency_id",
            agencies,
        )


class OverTheBus(Rival):
    """The FastStream services: commands are published as fast as the broker takes them, as ours are."""

    name, schema = "FastStream handlers", "handlers"

    def __init__(self, world: BenchWorld, stripe: StripeSide, driver: Driver) -> None:
        super().__init__(world, stripe)
        self._driver = driver

    async def open(self) -> None:
        """Make the rival's tables and topics, and listen for its outcomes."""
        async with self.world.database() as db:
            await db.execute(handlers.TABLES)
        kafka = self.world.kafka.bootstrap
        await provision(
            KafkaAccess(kafka), handlers.TOPICS, partitions=PARTITIONS, replication=1, retention_ms=RETENTION_MS
        )
        self._arrivals = await Arrivals.listen(self.world.postgres.url, handlers.CHANNEL)

    async def start(self, concurrency: int) -> None:
        """Start four services, each with this concurrency per topic. New messages wait for them on the bus."""
        for service in handlers.SERVICES:
            self._start(f"handlers-{service}", "handlers", service, concurrency)

    async def burst(self, logins: Sequence[Login]) -> Run:
        """Publish all logins, and wait for all outcomes."""
        commands = [
            Ready(
                login.command_id,
                handlers.RECORD_LOGIN,
                str(login.agency_id).encode(),
                orjson.dumps(login.body()),
                [("content-type", b"application/json")],
            )
            for login in logins
        ]
        return await self._driver.burst(commands, self._arrivals)

    async def _write(self, db: Any, agencies: Sequence[Agency], members: Iterable[tuple[UUID, UUID, str]]) -> None:  # noqa: ANN401  asyncpg's
        people = list(members)
        ledgers = [(agency.id, agency.purchased, 1, agency.auto_add) for agency in agencies]
        accounts = [(agency.id, agency.purchased, agency.subscription, agency.item) for agency in agencies]
        await _copy(db, self.schema, ledgers=ledgers, accounts=accounts, members=people, read_model=people)

    async def _counts(self, db: Any, agencies: Sequence[UUID]) -> Sequence[Any]:  # noqa: ANN401  asyncpg's
        return await db.fetch(  # type: ignore[no-any-return]
            "SELECT l.agency_id, l.purchased, l.active, count(*) FILTER (WHERE r.status = 'active') AS readable"
            " FROM ledgers l JOIN read_model r USING (agency_id) WHERE l.agency_id = ANY($1) GROUP BY l.agency_id",
            agencies,
        )


async def _copy(db: asyncpg.Connection[Any], schema: str, **tables: Iterable[tuple[Any, ...]]) -> None:
    for table, rows in tables.items():
        await db.copy_records_to_table(table, schema_name=schema, records=list(rows))
