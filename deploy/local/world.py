"""The local world: all its programs, and the order in which they start and stop."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from contracts.vocabulary import Service
from deploy.local import assets
from deploy.local.clock_offset import ClockOffset
from deploy.local.external_server import ExternalServer
from deploy.local.kafka import KafkaServer
from deploy.local.keys import Keys
from deploy.local.mailbox import MailboxServer
from deploy.local.paths import REPOSITORY
from deploy.local.ports import free_port, until
from deploy.local.postgres import PostgresServer
from deploy.local.programs import Program, ProgramEndedError
from deploy.local.progress import StartupProgress
from deploy.local.server import Server
from deploy.local.settings import Addresses, settings_of_commands, settings_of_service, stripe_is_real
from deploy.local.stamp import Stamp
from deploy.local.stripe import StripeStandIn

GATEWAY_PORT = 8000
MAILBOX_PORT = 8025
STRIPE_PORT = 8420
REAL_STRIPE = "https://api.stripe.com"
_READY_SECONDS = 90
TOPICS = [REPOSITORY / "contracts" / "topics.py"]
# As for a container: the time that a service needs to finish its batch and release its leases.
_GRACE_SECONDS = 40


@dataclass(frozen=True)
class Running:
    """A service's process, its address, and that of its probes, which differ for the gateway."""

    service: Service
    program: Program
    url: str
    probes: str


class World:
    """All programs of `make dev`: call `up`, wait for `first_ended` or a signal, call `down`."""

    def __init__(
        self, folder: Path, keys: Keys, clock_offset: ClockOffset | None = None, *, any_ports: bool = False
    ) -> None:
        """`folder` keeps state and logs. With a `clock_offset` the services' clocks are behind real time.

        `any_ports` uses any free ports instead of the documented ones.
        """
        self._folder = folder
        self._keys = keys
        self.clock_offset = clock_offset
        self.postgres = ExternalServer.from_environment("HEADCOUNT_POSTGRES") or PostgresServer(folder / "postgres")
        self.kafka = ExternalServer.from_environment("HEADCOUNT_KAFKA") or KafkaServer(folder / "kafka")
        self.mailbox = MailboxServer(folder / "mailbox", port=free_port(0 if any_ports else MAILBOX_PORT))
        gateway_port = free_port(0 if any_ports else GATEWAY_PORT)
        self.gateway_url = f"http://127.0.0.1:{gateway_port}"
        self.stripe = StripeStandIn(
            folder / "stripe",
            port=free_port(0 if any_ports else STRIPE_PORT),
            webhook_url=f"{self.gateway_url}/api/v1/webhooks/stripe",
            webhook_secret=keys.webhook_secret,
        )
        self._ports = {service: free_port() for service in Service} | {Service.GATEWAY: gateway_port}
        self._probes_ports = self._ports | {Service.GATEWAY: free_port()}
        self.gateway_probes_url = f"http://127.0.0.1:{self._probes_ports[Service.GATEWAY]}"
        self._services: list[Running] = []

    async def up(self, progress: StartupProgress) -> None:
        """Start all programs, independent ones in parallel. ProgramEndedError if a program fails to start."""
        _rotate_logs(self._folder)
        async with progress.step("The pages' style and script"):
            await assets.prepare()
        async with asyncio.TaskGroup() as bases:
            postgres = bases.create_task(self._postgres(progress))
            topics = self._data(self.kafka, "kafka")
            if topics is not None and Stamp(topics / "provision.done", TOPICS).done:
                # The services can start to import, since they wait for Kafka. The topics must exist: a consumer looks
                # for a missing topic again only after minutes.
                bases.create_task(self._launch_after(postgres))
            bases.create_task(self._kafka(progress))
            bases.create_task(self._mailbox(progress))
            bases.create_task(self._stripe(progress))
        async with progress.step("The five services") as step:
            self._launch()
            async with asyncio.TaskGroup() as waiting:
                ready = [waiting.create_task(_wait_until_ready(running)) for running in self._services]
                for task in ready:
                    task.add_done_callback(lambda _: step.reached(sum(task.done() for task in ready), len(ready)))

    async def _launch_after(self, postgres: asyncio.Task[None]) -> None:
        await postgres
        self._launch()

    def _launch(self) -> None:
        self._services = self._services or [self._start(service) for service in Service]

    async def first_ended(self) -> Program:
        """Wait until a program has ended by itself; returns that program."""
        ends = {asyncio.create_task(program.ended()): program for program in self._programs()}
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        return ends[done.pop()]

    async def down(self) -> None:
        """Stop all programs: first the gateway, then the other services, then the servers that they use."""
        gateway = [running.program for running in self._services if running.service is Service.GATEWAY]
        others = [running.program for running in self._services if running.service is not Service.GATEWAY]
        for group in (gateway, others):
            await asyncio.gather(*(program.stop() for program in group))
        await asyncio.gather(self.stripe.stop(), self.mailbox.stop(), self.kafka.stop())
        await self.postgres.stop()

    async def build_class_archive(self) -> None:
        """Build Kafka's class archive, which makes the next start faster."""
        if isinstance(self.kafka, KafkaServer):
            await self.kafka.build_class_archive()

    async def kill(self) -> None:
        """Kill all programs."""
        await asyncio.gather(*(program.kill() for program in self._programs()))

    def addresses(self) -> Addresses:
        """The addresses of the programs, for the services' settings."""
        return Addresses(
            postgres=self.postgres.url,
            kafka=self.kafka.bootstrap,
            smtp_port=self.mailbox.smtp_port,
            stripe=REAL_STRIPE if stripe_is_real() else self.stripe.url,
            gateway=self.gateway_url,
        )

    def _programs(self) -> Iterator[Program]:
        for server in (self.postgres, self.kafka, self.mailbox, self.stripe):
            if server.started:
                yield server.program
        yield from (running.program for running in self._services)

    async def _postgres(self, progress: StartupProgress) -> None:
        if isinstance(self.postgres, PostgresServer):
            async with progress.step("Postgres 18"):
                await self.postgres.start()
        schemas = [REPOSITORY / "chassis" / "schema"]
        schemas += [REPOSITORY / "services" / service / "schema" for service in Service]
        await self._once(progress, "Schemas and roles", "migrate", self._data(self.postgres, "postgres"), schemas)

    async def _kafka(self, progress: StartupProgress) -> None:
        if isinstance(self.kafka, KafkaServer):
            async with progress.step("Kafka's jars") as step:
                await asyncio.to_thread(self.kafka.prepare, step.reached)
            async with progress.step("Kafka 4.3"):
                await self.kafka.start()
        await self._once(progress, "Topics", "provision", self._data(self.kafka, "kafka"), TOPICS)

    async def _mailbox(self, progress: StartupProgress) -> None:
        async with progress.step("The mailbox's packages"):
            await self.mailbox.prepare()
        async with progress.step("The mailbox"):
            await self.mailbox.start()

    async def _stripe(self, progress: StartupProgress) -> None:
        if stripe_is_real():
            async with progress.step("Prices at Stripe"):
                await self._command("catalogue push")
            return
        async with progress.step("Stripe's stand-in"):
            await self.stripe.start()
        catalogue = [REPOSITORY / "deploy" / "catalogue.toml"]
        await self._once(progress, "Prices at Stripe", "catalogue push", self._data(self.stripe, "stripe"), catalogue)

    def _data(self, server: Server, name: str) -> Path | None:
        return None if isinstance(server, ExternalServer) else self._folder / name

    async def _once(
        self, progress: StartupProgress, title: str, command: str, data: Path | None, sources: list[Path]
    ) -> None:
        # The state of an external server (`data` is None) is unknown, so the step is done each time.
        stamp = Stamp(data / f"{command.partition(' ')[0]}.done", sources) if data is not None else None
        if stamp is None or not stamp.done:
            async with progress.step(title):
                await self._command(command)
            if stamp is not None:
                stamp.write()

    async def _command(self, command: str) -> None:
        words = command.split()
        await Program(
            f"headcount {command}",
            [_headcount(), *words],
            log=self._folder / "logs" / f"{words[0]}.log",
            environment=os.environ | settings_of_commands(self.addresses(), self._keys),
        ).run()

    def _start(self, service: Service) -> Running:
        port, probes_port = self._ports[service], self._probes_ports[service]
        program = Program(
            f"The service {service}",
            [*self._runner(), "run", service],
            log=self._folder / "logs" / f"{service}.log",
            environment=os.environ | settings_of_service(service, port, self.addresses(), self._keys, probes_port),
            grace_seconds=_GRACE_SECONDS,
        )
        program.start()
        return Running(service, program, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{probes_port}")

    def _runner(self) -> list[str | Path]:
        if self.clock_offset is None:
            return [_headcount()]
        return [sys.executable, "-m", "deploy.local.clock_offset", self.clock_offset.file]


def _headcount() -> Path:
    return Path(sys.executable).with_name("headcount")


async def _wait_until_ready(running: Running) -> None:
    response_text = "nothing"
    async with httpx.AsyncClient(base_url=running.probes, trust_env=False) as client:

        async def ready() -> bool:
            nonlocal response_text
            try:
                response = await client.get("/readyz")
            except httpx.TransportError:
                return False
            response_text = response.text
            return response.is_success

        try:
            await until(ready, still_alive=running.program.check, seconds=_READY_SECONDS)
        except TimeoutError:
            raise ProgramEndedError(
                f"{running.program.name} is not ready after {_READY_SECONDS} s. Its last response: {response_text}\n"
                f"Its last lines:\n{running.program.last_lines()}"
            ) from None


def _rotate_logs(folder: Path) -> None:
    """Start new logs, and rename those of the previous start to `.log.before`.

    Only in the folders directly below: deeper `.log` files are segments of Kafka.
    """
    for log in folder.glob("*/*.log"):
        shutil.move(log, log.with_suffix(".log.before"))
