"""Money over HTTP: a quote beside Stripe's response alone, and a thousand agencies that adjust at once."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from bench.http import Connection, WrongResponseError
from bench.processes import quiet
from bench.world import BenchWorld
from contracts.vocabulary import BAA_VERSION
from services.billing.clients.stripe_http import endpoint_of
from services.gateway.application.hashing import Hashing, new_token

STRIPE_MILLISECONDS = 100
"""Milliseconds that the stand-in takes for each response while quotes are measured."""
STRIPES_PACE, ENDPOINTS_PACE = 100.0, 25.0
"""Requests per second that Stripe takes for one account, and for one endpoint; the stand-in too."""
_AT_ONCE, _QUOTES_AT_ONCE = 50, 20
"""A quote needs two previews, so at Stripe's pace per endpoint a dozen quotes per second succeed."""
_LOOK_SECONDS = 1.0
_OPENED = {"base": 2, "voice": 1}


@dataclass(frozen=True, slots=True)
class Quotes:
    """Seconds of each quote over HTTP, and of each Stripe response alone."""

    quotes: tuple[float, ...]
    alone: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AdjustRun:
    """The agencies, the seconds until the last outcome, and the requests that Stripe received meanwhile.

    `busiest` counts the requests to the busiest endpoint. `quotes` are the seconds of each quote that an admin of
    another agency requested meanwhile, infinite if it failed.
    """

    agencies: int
    seconds: float
    requests: int
    rejected: int
    busiest: int
    quotes: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Requests per second that Stripe did not reject."""
        return (self.requests - self.rejected) / self.seconds


class Payers:
    """Open agencies with a signed BAA, each with a connection of its admin."""

    def __init__(self, world: BenchWorld, admins: Sequence[Connection]) -> None:
        self.world = world
        self.admins = admins

    @classmethod
    async def open(cls, world: BenchWorld, count: int) -> Payers:
        """Open the agencies over HTTP as the operator, at a stand-in without a rate limit."""
        await _control(world, "rate-limit", {"perSecond": None})
        operator = {"Authorization": f"Bearer {world.keys.operator_key}"}
        async with httpx.AsyncClient(trust_env=False, base_url=f"{world.gateway}/api/v1", timeout=60) as http:

            async def found(number: int) -> None:
                domain = f"clinic-{number}.example"
                agency_request = {
                    "name": f"Clinic {number}",
                    "domain": domain,
                    "adminEmail": f"robin@{domain}",
                    "adminName": "Robin Hale",
                    "cycle": "monthly",
                    "adminSeatType": "base",
                    "paymentMethod": "pm_card_visa",
                }
                response = await http.post("/agencies", json={**agency_request, **_OPENED}, headers=operator)
                if not response.is_success:
                    raise WrongResponseError(response.text)

            await _few_at_once(found(number) for number in range(count))
        # An agency that took longer than its request is opened all the same.
        await quiet(world.pids().values())
        tokens = await _sessions(world, count)
        admins = [await Connection.to(world.gateway, token) for token in tokens]
        signature = {"signerName": "Robin Hale", "signerTitle": "Director", "version": BAA_VERSION}
        await _few_at_once(_done(admin, "POST", "/baa/signature", signature) for admin in admins)
        return cls(world, admins)

    def close(self) -> None:
        """Close the connections."""
        for admin in self.admins:
            admin.close()


async def quote(payers: Payers, times: int) -> Quotes:
    """Measure quotes of one admin, in turns with one of Stripe's previews requested directly."""
    world, admin = payers.world, payers.admins[0]
    async with world.database() as db:
        subscription = await db.fetchval("SELECT subscription_id FROM billing.accounts ORDER BY agency_id LIMIT 1")
    await _control(world, "latency", {"milliseconds": STRIPE_MILLISECONDS})
    quotes, alone = [], []
    key = {"Authorization": f"Bearer {world.keys.stripe_key}"}
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url, headers=key, timeout=60) as stripe:
        for number in range(times):
            began = time.perf_counter()
            await admin.request("POST", "/seats/quotes", {"base": 2, "voice": 2 + number % 5}, expected=201)
            quotes.append(time.perf_counter() - began)
            preview = {"subscription": subscription, "preview_mode": "recurring"}
            began = time.perf_counter()
            response = await stripe.post("/v1/invoices/create_preview", data=preview)
            alone.append(time.perf_counter() - began)
            if not response.is_success:
                raise WrongResponseError(response.text)
    await _control(world, "latency", {"milliseconds": 0})
    return Quotes(tuple(quotes), tuple(alone))


async def adjust(payers: Payers) -> AdjustRun:
    """Give every agency a quote, let all save in the same moment at Stripe's pace, and wait for the last outcome.

    The last agency saves nothing: its admin requests one quote after the other meanwhile.
    """
    counts = {"base": 3, "voice": 1}
    *savers, bystander = payers.admins
    quotes: dict[Connection, str] = {}

    async def request_quote(connection: Connection) -> None:
        quotes[connection] = (await _done(connection, "POST", "/seats/quotes", counts))["id"]

    await _few_at_once((request_quote(saver) for saver in savers), _QUOTES_AT_ONCE)
    before = len(await _stripe_requests(payers.world))
    await _control(payers.world, "rate-limit", {"perSecond": STRIPES_PACE})
    began = time.perf_counter()
    saving = asyncio.gather(*(_done(saver, "PUT", "/seats", {**counts, "quoteId": quotes[saver]}) for saver in savers))
    quoting = asyncio.create_task(_quotes_until(saving, bystander, counts))
    await saving
    seconds = time.perf_counter() - began
    requests = (await _stripe_requests(payers.world))[before:]
    accepted = [request for request in requests if request["status"] != httpx.codes.TOO_MANY_REQUESTS]
    (_, busiest), *_ = Counter(endpoint_of(request["method"], request["path"]) for request in accepted).most_common(1)
    return AdjustRun(len(savers), seconds, len(requests), len(requests) - len(accepted), busiest, await quoting)


async def _quotes_until(
    over: asyncio.Future[Any], connection: Connection, counts: Mapping[str, object]
) -> tuple[float, ...]:
    """Request a quote each second until `over`; return the seconds of each, infinite if it failed."""
    taken = []
    while not over.done():
        began = time.perf_counter()
        try:
            await _done(connection, "POST", "/seats/quotes", counts)
            taken.append(time.perf_counter() - began)
        except WrongResponseError:
            taken.append(math.inf)
        await asyncio.sleep(_LOOK_SECONDS)
    return tuple(taken)


async def _done(connection: Connection, method: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """Send a request and return its result; poll the operation of a 202 as a page would. Or WrongResponseError."""
    status, body_received = await connection.exchange(method, path, body)
    result_body: dict[str, Any] = orjson.loads(body_received)
    if status == httpx.codes.ACCEPTED:
        address = f"/operations/{result_body['operation']['id']}"
        while (result_body := orjson.loads(await connection.request("GET", address)))["state"] == "running":  # noqa: ASYNC110  over HTTP
            await asyncio.sleep(_LOOK_SECONDS)
        if result_body["state"] == "done":
            result: dict[str, Any] = result_body["result"]
            return result
    if status not in {httpx.codes.OK, httpx.codes.CREATED}:
        raise WrongResponseError(f"{method} {path} ended as {result_body}")
    return result_body


async def _few_at_once(calls: Iterator[Awaitable[object]], at_once: int = _AT_ONCE) -> None:
    async def work() -> None:
        for call in calls:
            await call

    await asyncio.gather(*(work() for _ in range(at_once)))


async def _sessions(world: BenchWorld, count: int) -> list[str]:
    """Insert a session of each agency's admin, as the sign-in does; return the tokens."""
    hashing, tokens = Hashing(world.keys.pepper), [new_token() for _ in range(count)]
    now = datetime.now(UTC)
    async with world.database() as db:
        admins = await db.fetch("SELECT member_id, agency_id FROM gateway.members WHERE role = 'admin'")
        await db.executemany(
            "INSERT INTO gateway.sessions (token_hash, member_id, agency_id, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            [
                (hashing.of("session", token), admin["member_id"], admin["agency_id"], now, now + timedelta(days=1))
                for token, admin in zip(tokens, admins, strict=True)
            ],
        )
    return tokens


async def _control(world: BenchWorld, what: str, settings: dict[str, float | None]) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url) as stripe:
        (await stripe.post(f"/_control/{what}", json=settings)).raise_for_status()


async def _stripe_requests(world: BenchWorld) -> list[dict[str, Any]]:
    """Return the requests that the stand-in received, in order."""
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url, timeout=60) as stripe:
        log: list[dict[str, Any]] = (await stripe.get("/_control/requests")).json()["data"]
    return log
