"""The real Kafka and Postgres that tests use.

The address may come from the environment; otherwise the server runs in Docker, else as a process of the local world. A
test sees the same handle in each case, and can kill the server and start it again on the same address and data.
"""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from deploy.local.external_server import ExternalServer
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from tests.support.docker import DockerKafka, DockerPostgres, docker_is_there

_MEMORY = Path("/dev/shm")  # noqa: S108  private folders are made in it
MEMORY = _MEMORY if _MEMORY.is_dir() else None
"""A file system in memory where the machine has one; None means the ordinary temporary directory."""


class Server(Protocol):
    """What a test may do to a server."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def kill(self) -> None: ...
    async def restart(self) -> None: ...


class Kafka(Server, Protocol):
    """A Kafka broker; `bootstrap` is its address."""

    @property
    def bootstrap(self) -> str: ...


class Postgres(Server, Protocol):
    """A database server; `url` is its superuser's address."""

    @property
    def url(self) -> str: ...


async def discard(server: Server) -> None:
    """Kill a server that no test starts again. A server given by its address keeps running."""
    if not isinstance(server, ExternalServer):
        await server.kill()


def kafka_for_tests(folder: Path) -> Kafka:
    """The broker to test against, not started yet."""
    return ExternalServer.from_environment("HEADCOUNT_KAFKA") or (
        DockerKafka() if docker_is_there() else KafkaServer(folder)
    )


def postgres_for_tests(folder: Path) -> Postgres:
    """The database server to test against, not started yet."""
    return ExternalServer.from_environment("HEADCOUNT_POSTGRES") or (
        DockerPostgres() if docker_is_there() else PostgresServer(folder)
    )


@asynccontextmanager
async def temporary_postgres(purpose: str) -> AsyncIterator[Postgres]:
    """Run a database server, in memory where possible, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix=f"headcount-{purpose}-", dir=MEMORY) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  an unprivileged database passes through it
        server = postgres_for_tests(Path(folder) / "postgres")
        await server.start()
        try:
            yield server
        finally:
            await discard(server)
