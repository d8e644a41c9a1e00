"""The environment of a run: real Kafka, real Postgres with fsync, the Stripe stand-in, and the five services."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx

from contracts.vocabulary import Service
from deploy.local.kafka import KafkaServer
from deploy.local.keys import keys_of
from deploy.local.ports import LOOPBACK, free_port, until
from deploy.local.postgres import PostgresServer
from deploy.local.programs import Program
from deploy.local.settings import Addresses, settings_of_commands, settings_of_service
from deploy.local.stripe import StripeStandIn

_READY_SECONDS = 60


class BenchWorld:
    """All servers and services of a run. The mail server takes every mail and discards it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.keys = keys_of(folder)
        self.kafka = KafkaServer(folder / "kafka")
        self.postgres = PostgresServer(folder / "postgres")
        self._ports = {service: free_port() for service in Service}
        self._probes_ports = self._ports | {Service.GATEWAY: free_port()}
        gateway = f"http://127.0.0.1:{self._ports[Service.GATEWAY]}"
        self.stripe = StripeStandIn(
            folder / "stripe",
            webhook_url=f"{gateway}/api/v1/webhooks/stripe",
            webhook_secret=self.keys.webhook_secret,
        )
        self.gateway = gateway
        self._smtp_port = free_port()
        sink = ("python", "-m", "aiosmtpd", "-n", "-l", f"{LOOPBACK}:{self._smtp_port}", "-c", "aiosmtpd.handlers.Sink")
        self._sink = self.program("mail", *sink)
        self.services: dict[Service, Program] = {}
        self.replicas: dict[str, Program] = {}
        """Further processes of a service, by name."""

    async def up(self) -> None:
        """Start everything, and return when every service is ready."""
        self._sink.start()
        await asyncio.gather(self.kafka.start(), self.postgres.start(), self.stripe.start())
        for name, *more in (["migrate"], ["provision"], ["catalogue", "push"]):
            environment = settings_of_commands(self._addresses(), self.keys)
            await self.program(name, "headcount", name, *more, environment=environment).run()
        for service in Service:
            ports = self._ports[service], self._probes_ports[service]
            settings = settings_of_service(service, ports[0], self._addresses(), self.keys, ports[1])
            self.services[service] = self.program(service, "headcount", "run", service, environment=settings)
            self.services[service].start()
        await asyncio.gather(*(self._ready(self.services[service], self._probes_ports[service]) for service in Service))

    async def add(self, service: Service) -> None:
        """Start one more process of a service, and return when it is ready."""
        port = free_port()
        name = f"{service}-{len(self.replicas) + 2}"
        settings = settings_of_service(service, port, self._addresses(), self.keys, port)
        self.replicas[name] = self.program(name, "headcount", "run", service, environment=settings)
        self.replicas[name].start()
        await self._ready(self.replicas[name], port)

    async def down(self) -> None:
        """Stop everything."""
        await asyncio.gather(*(program.stop() for program in (*self.services.values(), *self.replicas.values())))
        await asyncio.gather(self.stripe.stop(), self.kafka.stop(), self._sink.stop())
        await self.postgres.stop()

    def program(self, name: str, *command: str, environment: dict[str, str] | None = None) -> Program:
        """Return a program of this virtual environment, with its output in a log of that name."""
        path = Path(sys.executable).with_name(command[0])
        log = self._folder / "logs" / f"{name}.log"
        return Program(name, [path, *command[1:]], log=log, environment=os.environ | (environment or {}))

    def pids(self) -> dict[str, int]:
        """Return the services' process ids, by name."""
        first = {service.value: program.pid for service, program in self.services.items()}
        return first | {name: program.pid for name, program in self.replicas.items()}

    def addresses(self) -> list[str]:
        """Return the addresses of the services' probes and metrics."""
        return [f"http://{LOOPBACK}:{port}" for port in self._probes_ports.values()]

    def servers(self) -> dict[str, int]:
        """The processes whose CPU every run uses as well: the broker, the database, and the bench."""
        return {"Kafka": self.kafka.program.pid, "Postgres": self.postgres.program.pid, "driver": os.getpid()}

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """Open a superuser's connection."""
        db = await asyncpg.connect(self.postgres.url)
        try:
            yield db
        finally:
            await db.close()

    async def prepare_database(self) -> None:
        """Give each measurement the same database: no dirty pages, and fresh statistics."""
        async with self.database() as db:
            await db.execute("VACUUM ANALYZE")
            await db.execute("CHECKPOINT")

    def _addresses(self) -> Addresses:
        return Addresses(
            postgres=self.postgres.url,
            kafka=self.kafka.bootstrap,
            smtp_port=self._smtp_port,
            stripe=self.stripe.url,
            gateway=self.gateway,
        )

    async def _ready(self, program: Program, port: int) -> None:
        address = f"http://127.0.0.1:{port}/readyz"
        async with httpx.AsyncClient(trust_env=False) as client:

            async def ready() -> bool:
                try:
                    return (await client.get(address)).is_success
                except httpx.TransportError:
                    return False

            await until(ready, still_alive=program.check, seconds=_READY_SECONDS)
