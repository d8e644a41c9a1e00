"""The local world with two replicas of each service, and the operations that a fault needs on its processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import psutil
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from contracts.topics import PARTITIONS, RETENTION_MS, STRIPE_EVENTS, TOPICS
from contracts.vocabulary import Service
from deploy.local.keys import keys_of
from deploy.local.ports import free_port, until
from deploy.local.programs import Program
from deploy.local.progress import StartupProgress
from deploy.local.settings import settings_of_service
from deploy.local.stamp import Stamp
from deploy.local.world import TOPICS as TOPIC_SOURCES
from deploy.local.world import World
from services.cli.topics import partitions_of, provision, repair
from services.gateway.app import definition as gateway_definition
from tests.faults.release import Release
from tests.faults.sink import Sink
from tests.support.kafka_cluster import BROKERS, KafkaCluster
from tests.support.network import Network, network_to
from tests.support.secured_kafka import ADMIN, with_passwords
from tests.support.too_large import publish_large
from transport.access import KafkaAccess
from transport.topics import administration, read_topics

READY_SECONDS = 180
HEADCOUNT = Path(sys.executable).with_name("headcount")
FAST_CLOCK = (sys.executable, "-m", "tests.support.fast_clock")


@dataclass(frozen=True)
class Replica:
    """One process of a service."""

    service: Service
    program: Program
    url: str
    probes: str
    network: Network | None = None
    """Between the replica and Postgres, where a test may lose it."""

    async def ready(self) -> None:
        """Wait until the replica reports that it is ready."""
        async with httpx.AsyncClient(base_url=self.probes, trust_env=False) as client:

            async def responds() -> bool:
                try:
                    return (await client.get("/readyz")).is_success
                except httpx.TransportError:
                    return False

            await until(responds, still_alive=self.program.check, seconds=READY_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        os.kill(self.program.pid, number)

    async def metrics(self) -> str:
        """Return the replica's metrics."""
        async with httpx.AsyncClient(base_url=self.probes, trust_env=False) as client:
            return (await client.get("/metrics")).text


class Fleet:
    """Every process of a run. Start with `up`; always end with `down`."""

    def __init__(
        self,
        folder: Path,
        replicas: int = 2,
        *,
        cluster: bool = False,
        secured: bool = False,
        fast: bool = False,
        release: Release | None = None,
    ) -> None:
        """`folder` keeps the state and the logs. `cluster` runs three brokers, which hold each record three times.

        `secured` runs a broker with SASL and TLS; `kafka_settings` must then be in the environment. `fast` runs the
        second replicas by a clock that is ten minutes ahead. `release` runs them from the source of another release.
        """
        self.folder = folder
        self.keys = keys_of(folder)
        self.world = World(folder, self.keys, any_ports=True)
        self.sink = Sink()
        cast("Any", self.world).mailbox = self.sink
        self.cluster = KafkaCluster(folder / "kafka") if cluster else None
        if self.cluster is not None:
            cast("Any", self.world).kafka = self.cluster
        self._secured = with_passwords(folder) if secured else None
        if self._secured is not None:
            cast("Any", self.world).kafka = self._secured.server
        self._count, self._fast, self._release = replicas, fast, release
        self.refusals: Counter[str] = Counter()
        """The operator's mails about agencies that wait for the broker, by subject, which the faults must cause."""
        self.lowered = 0
        """How often the broker took only small records for a while: of any agency, it then may refuse one."""
        self._more: list[Replica] = []
        self._networks = AsyncExitStack()

    @property
    def kafka_settings(self) -> Mapping[str, str]:
        """What a client needs to be let in, beside the address."""
        settings = {} if self._secured is None else self._secured.user(ADMIN)
        return {name: value for name, value in settings.items() if name != "HEADCOUNT_KAFKA"}

    @property
    def kafka(self) -> KafkaAccess:
        """The access of the run itself."""
        if self._secured is not None:
            return self._secured.access(self._secured.user(ADMIN))
        return KafkaAccess(self.world.kafka.bootstrap)

    @property
    def replicas(self) -> list[Replica]:
        """The replicas of all services, the first of each first."""
        first = [
            Replica(running.service, running.program, running.url, running.probes) for running in self.world._services
        ]
        return first + self._more

    def of(self, service: Service) -> list[Replica]:
        """Return the replicas of one service."""
        return [replica for replica in self.replicas if replica.service is service]

    async def up(self, steps: StartupProgress) -> None:
        """Start everything, and return when every replica is ready."""
        if self.cluster is not None:
            await self.cluster.start()
            names = [topic.name for topic in TOPICS]
            access = KafkaAccess(self.cluster.bootstrap)
            await provision(
                access,
                names,
                partitions=PARTITIONS,
                replication=BROKERS,
                retention_ms=RETENTION_MS,
            )
            Stamp(self.folder / "kafka" / "provision.done", TOPIC_SOURCES).write()
        await self.world.up(steps)
        for number in range(2, self._count + 1):
            self._more += [await self._start(service, number) for service in Service]
        async with steps.step("The second replicas"):
            await asyncio.gather(*(replica.ready() for replica in self._more))

    async def down(self) -> None:
        """Stop everything."""
        for replica in self.replicas:
            with suppress(ProcessLookupError):
                replica.signal(signal.SIGCONT)
        await asyncio.gather(*(replica.program.kill() for replica in self.replicas))
        await self._networks.aclose()
        await self.world.down()

    async def _start(self, service: Service, number: int) -> Replica:
        port = free_port()
        probes_port = free_port() if service is Service.GATEWAY else port
        postgres = urlsplit(self.world.postgres.url)
        network = await self._networks.enter_async_context(network_to(postgres.hostname or "", postgres.port or 5432))
        addresses = replace(self.world.addresses(), postgres=_through(network, self.world.postgres.url))
        settings = settings_of_service(service, port, addresses, self.keys, probes_port)
        start = FAST_CLOCK if self._fast else (HEADCOUNT,)
        program = Program(
            f"The service {service}, replica {number}",
            [*(start if self._release is None else self._release.command), "run", service],
            log=self.folder / "logs" / f"{service}-{number}.log",
            environment=os.environ | settings,
            folder=None if self._release is None else self._release.folder,
            grace_seconds=40,
        )
        program.start()
        return Replica(service, program, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{probes_port}", network)

    async def command(self, command: str) -> None:
        """Run an operator's command. ProgramEndedError if it fails."""
        await self.world._command(command)

    @asynccontextmanager
    async def db(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        """Open a superuser's connection."""
        connection = await asyncpg.connect(self.world.postgres.url)
        try:
            yield connection
        finally:
            await connection.close()

    async def stripe(self, path: str, **params: object) -> Any:  # noqa: ANN401  Stripe's JSON
        """Send a GET to the stand-in; repeat it if Stripe's rate limit rejects it."""
        bearer = {"Authorization": f"Bearer {self.keys.stripe_key}"}
        url = self.world.stripe.url
        async with httpx.AsyncClient(base_url=url, headers=bearer, trust_env=False, timeout=60) as client:
            while True:
                response = await client.get(path, params=cast("Any", params))
                if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    break
                await asyncio.sleep(0.2)
            response.raise_for_status()
            return response.json()

    async def slow_stripe(self, path: str, seconds: float) -> None:
        """Have the stand-in take so long for each update of this path."""
        match = {"path": path, "method": "POST"}
        fault = {"kind": "slow", "match": match, "seconds": seconds, "times": 1_000_000}
        async with httpx.AsyncClient(base_url=self.world.stripe.url, trust_env=False) as client:
            (await client.post("/_control/faults", json=fault)).raise_for_status()

    async def publish_large(self, service: Service, size: int) -> str:
        """Have a service publish an event of a type that nobody knows, of so many bytes; returns its agency's name."""
        async with self.db() as db:
            agency = await publish_large(db, service, None, size)
            return str(await db.fetchval("SELECT name FROM gateway.agencies WHERE agency_id = $1", agency))

    async def wait_for(self, question: str, seconds: float = 600) -> None:
        """Wait until the answer at Postgres is true."""
        async with asyncio.timeout(seconds), self.db() as db:
            while not await db.fetchval(question):
                await asyncio.sleep(0.2)

    async def relay_leader(self, service: Service) -> Replica:
        """Return the replica whose relay leads its service, found by its port at Postgres or that of its network."""
        while True:
            async with self.db() as db:
                port = await db.fetchval(_LEADER.format(service=service.value))
            for replica in self.of(service):
                if replica.network is not None and port in replica.network.ports_at_server():
                    return replica
                with suppress(psutil.Error):
                    if port in {
                        connection.laddr.port for connection in psutil.Process(replica.program.pid).net_connections()
                    }:
                        return replica
            await asyncio.sleep(0.2)

    async def restart_services(self) -> None:
        """Stop each replica in order, and start it again."""
        await asyncio.gather(*(replica.program.stop() for replica in self.replicas))
        for replica in self.replicas:
            replica.program.start()

    async def change_topics(self, settings: Mapping[str, str]) -> None:
        """Change the settings of every topic at the broker."""
        async with administration(self.kafka) as admin:
            names = sorted({topic for service in Service for topic in topics_of(service)})
            for name, topic in (await read_topics(admin, names)).items():
                await repair(admin, name, topic, settings)

    async def delete_topic(self, name: str) -> None:
        """Delete a topic with all its records."""
        async with administration(self.kafka) as admin:
            await admin.delete_topics([name])

    async def delete_records(self, service: Service) -> None:
        """Delete all records of the topics that a service subscribes to, read or not."""
        places = await partitions_of(self.kafka, topics_of(service))
        async with administration(self.kafka) as admin:
            await admin.delete_records({place: RecordsToDelete(-1) for place in places})

    async def lose_bus(self) -> None:
        """Kill Kafka, delete its data, and follow docs/operations.md."""
        await self.world.kafka.kill()
        shutil.rmtree(self.folder / "kafka" / "data")
        await self.world.kafka.start()
        await self.command("provision")
        await self.restart_services()
        await self.command("replay --rate 20000")

    async def lose_gateway(self) -> None:
        """Drop the gateway's schema, and follow docs/operations.md."""
        await asyncio.gather(*(replica.program.stop() for replica in self.of(Service.GATEWAY)))
        async with self.db() as db:
            await db.execute("DROP SCHEMA gateway CASCADE")
        await self.command("migrate")
        await self.command("replay --to gateway")
        for replica in self.of(Service.GATEWAY):
            replica.program.start()
        await asyncio.gather(*(replica.ready() for replica in self.of(Service.GATEWAY)))

    async def rest(self, seconds: float) -> None:
        """Wait until nothing is left to deliver, to handle, or to do soon. TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while True:
                async with self.db() as db:
                    remaining = await db.fetchval(_REMAINING)
                if not remaining and not await self.uncommitted():
                    return
                await asyncio.sleep(0.5)

    async def uncommitted(self) -> int:
        """Return how many records on the bus a subscribed group has not committed."""
        access = self.kafka
        admin = AIOKafkaAdminClient(bootstrap_servers=access.bootstrap, **access.options)
        consumer = AIOKafkaConsumer(bootstrap_servers=access.bootstrap, **access.options)
        await admin.start()
        await consumer.start()
        try:
            count = 0
            for service in Service:
                places = await partitions_of(access, topics_of(service))
                assert places, f"{service} subscribes to nothing"
                ends = await consumer.end_offsets(places)
                committed = await admin.list_consumer_group_offsets(service.value)
                for place in places:
                    count += ends[place] - max(0, committed[place].offset if place in committed else 0)
            return count
        finally:
            await consumer.stop()
            await admin.close()


def _through(network: Network, postgres: str) -> str:
    """The address of Postgres behind a network."""
    parts = urlsplit(postgres)
    entrance = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{entrance}@127.0.0.1:{network.port}".lstrip("@")))


def topics_of(service: Service) -> Sequence[str]:
    """Return the topics that a service subscribes to, from its own table."""
    if service is Service.GATEWAY:
        return gateway_definition().topics
    topics = {message.topic for message in import_module(f"services.{service}.handlers").HANDLERS}
    return sorted(topics | ({STRIPE_EVENTS} if service is Service.BILLING else set()))


_LEADER = """
SELECT a.client_port FROM {service}.leases l JOIN pg_stat_activity a USING (pid)
WHERE l.work = 'relay' AND a.backend_start = l.session_began AND l.until > now()
"""
_REMAINING = "SELECT " + " + ".join(
    f"(SELECT count(*) FROM {service}.unsent)"
    f" + (SELECT count(*) FROM {service}.tasks WHERE run_at < now() + interval '10 minutes')"
    for service in Service
)
