"""The gateways as a load balancer reaches them: one that fails its health check gets no requests until it answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from tests.faults.fleet import Replica

PROBE_SECONDS = 1.0
"""How long an answer to the health check may take, and how long after it the next one is asked for."""
FAILURES = 2
"""After so many failed checks, requests go elsewhere, those that wait for an answer too."""


class Entrance:
    """One gateway, its clients' connections, and whether its health check answers."""

    def __init__(self, replica: Replica, origin: str) -> None:
        self._probes = replica.probes
        self.client = httpx.AsyncClient(
            base_url=replica.url,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"Origin": origin},
            trust_env=False,
            timeout=20,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=50),
        )
        self.away = asyncio.Event()

    async def watch(self) -> None:
        """Check until cancelled."""
        failed = 0
        while True:
            try:
                async with httpx.AsyncClient(base_url=self._probes, trust_env=False, timeout=PROBE_SECONDS) as client:
                    failed = 0 if (await client.get("/readyz")).is_success else failed + 1
            except httpx.TransportError:
                failed += 1
            if failed >= FAILURES:
                self.away.set()
            elif not failed:
                self.away.clear()
            await asyncio.sleep(PROBE_SECONDS)

    async def request(
        self, method: str, path: str, body: object, headers: dict[str, str], *, only_here: bool
    ) -> httpx.Response | None:
        """Send a request; None without an answer: the connection broke or, unless `only_here`, the check failed."""
        asking = asyncio.ensure_future(self.client.request(method, path, json=body, headers=headers))
        failing = asyncio.ensure_future(asyncio.Event().wait() if only_here else self.away.wait())
        try:
            await asyncio.wait({asking, failing}, return_when=asyncio.FIRST_COMPLETED)
            return await asking if asking.done() else None
        except httpx.TransportError:
            return None
        finally:
            asking.cancel()
            failing.cancel()


class LoadBalancer:
    """Requests go to the gateways in turns, and to one that fails its check only if all do."""

    def __init__(self, gateways: Sequence[Replica], origin: str) -> None:
        self._entrances = [Entrance(replica, origin) for replica in gateways]
        self._turn = itertools.count()
        self._watching: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin the health checks."""
        self._watching = [asyncio.create_task(entrance.watch()) for entrance in self._entrances]

    async def request(self, method: str, path: str, body: object, headers: dict[str, str]) -> httpx.Response | None:
        """Send a request to the next gateway; None if it gave no answer."""
        up = [entrance for entrance in self._entrances if not entrance.away.is_set()]
        entrances = up or self._entrances
        entrance = entrances[next(self._turn) % len(entrances)]
        return await entrance.request(method, path, body, headers, only_here=not up)

    async def close(self) -> None:
        """Close the connections."""
        for watching in self._watching:
            watching.cancel()
        for entrance in self._entrances:
            await entrance.client.aclose()
