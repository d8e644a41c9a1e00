"""A rolling restart of the gateway under load: no request is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from contracts.topics import TOPICS
from deploy.local.ports import free_port, until
from deploy.local.programs import Program
from services.cli.topics import provision
from tests.live.test_probes import GRACE, HEADCOUNT, environment
from tests.support.servers import Kafka
from transport.access import KafkaAccess

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.alone]

CLIENTS = 8
LOOK_SECONDS = GRACE / 6
"""How often the balancer looks who is ready: well within the grace, as a probe of Kubernetes must."""


class Replica:
    """A gateway's process."""

    def __init__(self, database: str, kafka: str, folder: Path, number: int) -> None:
        self._database, self._kafka = database, kafka
        self.ports = free_port(), free_port()
        self._log = folder / f"gateway-{number}.log"
        self.program = self._new()

    def _new(self) -> Program:
        made = {**environment(self._database, urlsplit(self._database).port or 0, self._kafka, self.ports)}
        made["HEADCOUNT_SIGN_UPS_PER_NETWORK"] = "1000000"
        return Program("gateway", [HEADCOUNT, "run", "gateway"], log=self._log, environment=made)

    async def start(self, client: httpx.AsyncClient) -> None:
        """Start a process and wait until it is ready."""
        self.program = self._new()
        self.program.start()

        async def ready() -> bool:
            return await self.is_ready(client)

        await until(ready, still_alive=self.program.check, seconds=90)

    async def is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"http://127.0.0.1:{self.ports[1]}/readyz")).is_success
        except httpx.TransportError:
            return False

    async def leave(self) -> None:
        """Send SIGTERM and wait until the process has ended."""
        os.kill(self.program.pid, signal.SIGTERM)
        async with asyncio.timeout(90):
            while self.program.running:
                await asyncio.sleep(0.05)
        assert self.program.exit_code in {0, -signal.SIGTERM}


class Balancer:
    """Sends requests to the replicas that were ready when it last looked, as a load balancer does."""

    def __init__(self, replicas: list[Replica], client: httpx.AsyncClient) -> None:
        self._replicas, self._client = replicas, client
        self._ready: list[Replica] = []
        self.answers: list[object] = []
        """The status of each request, or the type of the fault that ended it."""

    async def look(self) -> None:
        while True:
            self._ready = [replica for replica in self._replicas if await replica.is_ready(self._client)]
            await asyncio.sleep(LOOK_SECONDS)

    async def send(self) -> None:
        """Send requests one after another: a read (401), and a sign-up on a domain of no agency (422)."""
        while True:
            for method, path in (("GET", "/api/v1/me"), ("POST", "/api/v1/signups")):
                if not self._ready:
                    self.answers.append("nobody is ready")
                    continue
                public = self._ready[len(self.answers) % len(self._ready)].ports[0]
                url = f"http://127.0.0.1:{public}"
                body = None if method == "GET" else {"email": "nia@none.example", "name": "Nia", "seatType": "base"}
                try:
                    response = await self._client.request(method, url + path, json=body, headers={"Origin": url})
                    self.answers.append(response.status_code)
                except httpx.HTTPError as fault:
                    self.answers.append(type(fault))
            await asyncio.sleep(0.02)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


async def test_no_request_is_lost_while_every_gateway_is_restarted_in_turn(
    migrated: str, kafka: Kafka, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    names = [topic.name for topic in TOPICS]
    await provision(KafkaAccess(kafka.bootstrap), names, partitions=24, replication=1, retention_ms=3_600_000)
    replicas = [Replica(migrated, kafka.bootstrap, tmp_path, number) for number in range(2)]
    balancer = Balancer(replicas, client)
    for replica in replicas:
        await replica.start(client)
    running = [asyncio.create_task(balancer.look())]
    await asyncio.sleep(LOOK_SECONDS)
    running += [asyncio.create_task(balancer.send()) for _ in range(CLIENTS)]
    try:
        for replica in replicas:
            await replica.leave()
            await replica.start(client)
            await asyncio.sleep(2 * LOOK_SECONDS)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for replica in replicas:
            await replica.program.stop()
    assert len(balancer.answers) > 100
    assert set(balancer.answers) == {401, 422}
