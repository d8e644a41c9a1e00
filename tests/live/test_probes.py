"""A gateway's process as Kubernetes sees it: away from Postgres at the start, ready, and leaving."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import pytest
from cryptography.fernet import Fernet

from contracts.topics import TOPICS
from deploy.local.ports import free_port, until
from deploy.local.programs import Program
from services.cli.topics import provision
from tests.support.collector import Collector, collecting
from tests.support.keys import KEYS_OF_COMMANDS
from tests.support.network import network_to
from tests.support.one_service import PASSWORD
from tests.support.servers import Kafka, kafka_for_tests
from transport.access import KafkaAccess

pytestmark = pytest.mark.live

HEADCOUNT = Path(sys.executable).with_name("headcount")
SECONDS = 120
GRACE = 10
"""Seconds for which a leaving gateway serves on: long enough for a starved test to see it."""
METRICS = (
    "headcount_tables_read 1.0",
    'headcount_consumer_lag{topic="members.events"} 0.0',
    'headcount_http_seconds_count{method="GET",route="/api/v1/me",status="401"} 1.0',
    "headcount_operations_late 0.0",
)
"""Lines that a gateway that nobody has used shows once it has joined its group."""


@pytest.fixture
async def ports() -> tuple[int, int]:
    return free_port(), free_port()


def environment(database: str, postgres_port: int, kafka: str, ports: tuple[int, int]) -> dict[str, str]:
    parts = urlsplit(database)
    public, probes = ports
    return os.environ | {
        "HEADCOUNT_POSTGRES": urlunsplit(parts._replace(netloc=f"127.0.0.1:{postgres_port}")),
        "HEADCOUNT_PASSWORD": PASSWORD,
        "HEADCOUNT_KAFKA": kafka,
        "HEADCOUNT_PORT": str(public),
        "HEADCOUNT_PROBES_PORT": str(probes),
        "HEADCOUNT_PUBLIC_URL": f"http://127.0.0.1:{public}",
        "HEADCOUNT_OPERATOR_KEY": "of-a-test-of-probes",
        "HEADCOUNT_PEPPER": "of-a-test-of-probes-of-the-gateway",
        "HEADCOUNT_SEALING_KEYS": Fernet.generate_key().decode(),
        "HEADCOUNT_STRIPE_WEBHOOK_SECRET": "whsec_of_a_test",
        **KEYS_OF_COMMANDS,
        "HEADCOUNT_SHUTDOWN_GRACE": str(GRACE),
        "HEADCOUNT_SESSION_TIMEOUT": "6",
    }


async def test_a_service_whose_topics_are_missing_ends_with_a_sentence(
    migrated: str, tmp_path: Path, servers_folder: Path, ports: tuple[int, int]
) -> None:
    empty = kafka_for_tests(servers_folder / f"kafka-{uuid4()}")
    await empty.start()
    log = tmp_path / "gateway.log"
    program = Program(
        "gateway",
        [HEADCOUNT, "run", "gateway"],
        log=log,
        environment=environment(migrated, urlsplit(migrated).port or 0, empty.bootstrap, ports),
    )
    program.start()
    try:
        async with asyncio.timeout(SECONDS):
            while program.running:
                await asyncio.sleep(0.1)
    finally:
        await program.stop()
        await empty.stop()
    assert program.exit_code == 2
    assert "it does not exist, or ACLs hide it. Run `headcount provision`." in log.read_text()


async def test_a_service_whose_port_is_taken_ends_with_a_sentence(
    migrated: str, tmp_path: Path, ports: tuple[int, int]
) -> None:
    log = tmp_path / "gateway.log"
    with socket.create_server(("127.0.0.1", ports[1])):
        program = Program(
            "gateway",
            [HEADCOUNT, "run", "gateway"],
            log=log,
            environment=environment(migrated, 9, "127.0.0.1:9", ports),
        )
        program.start()
        try:
            async with asyncio.timeout(SECONDS):
                while program.running:
                    await asyncio.sleep(0.1)
        finally:
            await program.stop()
    assert program.exit_code == 2
    assert f"The listener `probes` cannot listen at 127.0.0.1:{ports[1]}: " in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        yield client


async def test_a_gateway_lives_without_postgres_gets_ready_with_it_and_serves_on_while_it_leaves(
    migrated: str, kafka: Kafka, tmp_path: Path, ports: tuple[int, int], client: httpx.AsyncClient, collector: Collector
) -> None:
    await provision(
        KafkaAccess(kafka.bootstrap),
        [topic.name for topic in TOPICS],
        partitions=24,
        replication=1,
        retention_ms=3_600_000,
    )
    address = urlsplit(migrated)
    me, probes = f"http://127.0.0.1:{ports[0]}/api/v1/me", f"http://127.0.0.1:{ports[1]}"

    async def status(url: str) -> int | None:
        try:
            return (await client.get(url)).status_code
        except httpx.TransportError:
            return None

    async def is_(url: str, code: int) -> bool:
        return await status(url) == code

    async def shows(line: str) -> bool:
        return line in (await client.get(f"{probes}/metrics")).text.splitlines()

    async def is_traced() -> bool:
        spans = collector.spans()
        return spans.get("GET /api/v1/me", {}).get("http.route") == "/api/v1/me" and "SELECT" in spans

    async with network_to(address.hostname or "", address.port or 0) as network:
        network.lose()
        program = Program(
            "gateway",
            [HEADCOUNT, "run", "gateway"],
            log=tmp_path / "gateway.log",
            environment=environment(migrated, network.port, kafka.bootstrap, ports)
            | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"},
        )
        program.start()
        try:
            await until(lambda: is_(f"{probes}/livez", 200), still_alive=program.check, seconds=SECONDS)
            assert await status(f"{probes}/readyz") == 503
            network.find()
            await until(lambda: is_(f"{probes}/readyz", 200), still_alive=program.check, seconds=SECONDS)
            assert await status(me) == 401
            for line in METRICS:
                await until(partial(shows, line), still_alive=program.check, seconds=SECONDS)
            await until(is_traced, still_alive=program.check, seconds=SECONDS)
            os.kill(program.pid, signal.SIGTERM)
            await until(lambda: is_(f"{probes}/readyz", 503), still_alive=program.check, seconds=SECONDS)
            assert await status(me) == 401
            async with asyncio.timeout(SECONDS):
                while await status(me) is not None:
                    await asyncio.sleep(0.05)
        finally:
            await program.stop()
        assert program.exit_code in {0, -signal.SIGTERM}
