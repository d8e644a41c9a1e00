"""Kafka and Postgres as Docker containers. Their ports are fixed, so a restart keeps the address."""

import asyncio
import contextlib
import functools
import gc
import secrets
import warnings

import asyncpg
from docker.client import DockerClient
from docker.errors import DockerException
from testcontainers.core.container import DockerContainer

from deploy.local.ports import LOOPBACK, answers, free_port, until

_START_SECONDS = 120


@functools.cache
def docker_is_there() -> bool:
    """Return whether a Docker daemon responds."""
    with warnings.catch_warnings():
        # The library leaves its socket open when no Docker listens: collect it here, or its warning fails another test.
        warnings.simplefilter("ignore", ResourceWarning)
        answered = _docker_answers()
        gc.collect()
    return answered


def _docker_answers() -> bool:
    try:
        with contextlib.closing(DockerClient.from_env(timeout=3)) as client:
            return bool(client.ping())
    except DockerException:
        return False


class _Container:
    def __init__(self, container: DockerContainer) -> None:
        self._container = container
        self._made = False

    async def start(self) -> None:
        if self._made:
            await asyncio.to_thread(self._container.get_wrapped_container().start)
        else:
            await asyncio.to_thread(self._container.start)
            self._made = True
        await until(self._takes_work, still_alive=lambda: None, seconds=_START_SECONDS)

    async def stop(self) -> None:
        await asyncio.to_thread(self._container.get_wrapped_container().stop)

    async def kill(self) -> None:
        await asyncio.to_thread(self._container.get_wrapped_container().kill)

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def _takes_work(self) -> bool:
        raise NotImplementedError


class DockerKafka(_Container):
    """Apache's own image with one KRaft node."""

    def __init__(self) -> None:
        self._port = free_port()
        self.bootstrap = f"{LOOPBACK}:{self._port}"
        listeners = f"INSIDE://0.0.0.0:{self._port},CONTROLLER://0.0.0.0:9093"
        super().__init__(
            DockerContainer("apache/kafka:4.3.0")
            .with_bind_ports(self._port, self._port)
            .with_envs(
                KAFKA_NODE_ID="1",
                KAFKA_PROCESS_ROLES="broker,controller",
                KAFKA_LISTENERS=listeners,
                KAFKA_ADVERTISED_LISTENERS=f"INSIDE://{self.bootstrap}",
                KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
                KAFKA_INTER_BROKER_LISTENER_NAME="INSIDE",
                KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
                KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
                KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
                KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
                KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
                KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
                KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS="1000",
                KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
            )
        )

    async def _takes_work(self) -> bool:
        return await answers(self._port)


class DockerPostgres(_Container):
    """The official image, with fsync on as by default."""

    def __init__(self) -> None:
        self._port = free_port()
        password = secrets.token_urlsafe(16)
        self.url = f"postgresql://postgres:{password}@{LOOPBACK}:{self._port}/postgres"
        super().__init__(
            DockerContainer("postgres:18")
            .with_bind_ports(5432, self._port)
            .with_envs(POSTGRES_PASSWORD=password)
            .with_command("-c max_connections=200")
        )

    async def _takes_work(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url)
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True
