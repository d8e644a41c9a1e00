"""Money over HTTP: what a quote takes beside Stripe's answer alone, and a thousand agencies that adjust at once."""

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

from bench.http import Connection, WrongAnswerError
from bench.processes import quiet
from bench.world import BenchWorld
from contracts.vocabulary import BAA_VERSION
from services.billing.clients.stripe_pace import endpoint_of
from services.gateway.application.hashing import Hashing, new_token

STRIPE_MILLISECONDS = 100
"""How long the stand-in takes for each answer while quotes are measured."""
STRIPES_PACE, ENDPOINTS_PACE = 100.0, 25.0
"""Requests a second that Stripe takes of one account, and for one of its endpoints; the stand-in too."""
_AT_ONCE, _QUOTES_AT_ONCE = 50, 20
"""A quote asks for two previews, so at Stripe's pace of an endpoint a dozen are answered a second, and each waits 4."""
_LOOK_SECONDS = 1.0
_OPENED = {"base": 2, "voice": 1}


@dataclass(frozen=True, slots=True)
class Quotes:
    """Seconds of each quote over HTTP, and of each of Stripe's answers alone."""

    quotes: tuple[float, ...]
    alone: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """How many agencies, seconds until the last one's outcome, and how often Stripe was asked meanwhile.

    `busiest` is how many of them went to the endpoint that had most. `quotes` are the seconds of each quote that an
    admin of another agency asked for meanwhile, infinite when it was given up.
    """

    agencies: int
    seconds: float
    requests: int
    refused: int
    busiest: int
    quotes: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Requests a second that were let in."""
        return (self.requests - self.refused) / self.seconds


class Payers:
    """Agencies that are open, with a signed BAA, each with a connection of its admin's."""

    def __init__(self, world: BenchWorld, admins: Sequence[Connection]) -> None:
        self.world = world
        self.admins = admins

    @classmethod
    async def open(cls, world: BenchWorld, count: int) -> Payers:
        """Open them over HTTP, as an operator does, at a stand-in that holds nobody up."""
        await _control(world, "rate-limit", {"perSecond": None})
        operator = {"Authorization": f"Bearer {world.keys.operator_key}"}
        async with httpx.AsyncClient(trust_env=False, base_url=f"{world.gateway}/api/v1", timeout=60) as http:

            async def found(number: int) -> None:
                domain = f"clinic-{number}.example"
                asked = {
                    "name": f"Clinic {number}",
                    "domain": domain,
                    "adminEmail": f"robin@{domain}",
                    "adminName": "Robin Hale",
                    "cycle": "monthly",
                    "adminSeatType": "base",
                    "paymentMethod": "pm_card_visa",
                }
                answer = await http.post("/agencies", json={**asked, **_OPENED}, headers=operator)
                if not answer.is_success:
                    raise WrongAnswerError(answer.text)

            await _few_at_once(found(number) for number in range(count))
        # An agency that took longer than its request is opened all the same.
        await quiet(world.pids().values())
        tokens = await _sessions(world, count)
        admins = [await Connection.to(world.gateway, token) for token in tokens]
        signature = {"signerName": "Robin Hale", "signerTitle": "Director", "version": BAA_VERSION}
        await _few_at_once(_done(admin, "POST", "/baa/signature", signature) for admin in admins)
        return cls(world, admins)

    def close(self) -> None:
        """Hang up."""
        for admin in self.admins:
            admin.close()


async def quote(payers: Payers, times: int) -> Quotes:
    """Quotes of one admin's, one after the other, in turns with one of Stripe's previews asked for directly."""
    world, admin = payers.world, payers.admins[0]
    async with world.database() as db:
        subscription = await db.fetchval("SELECT subscription_id FROM billing.accounts ORDER BY agency_id LIMIT 1")
    await _control(world, "latency", {"milliseconds": STRIPE_MILLISECONDS})
    quotes, alone = [], []
    key = {"Authorization": f"Bearer {world.keys.stripe_key}"}
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url, headers=key, timeout=60) as stripe:
        for number in range(times):
            began = time.perf_counter()
            await admin.ask("POST", "/seats/quotes", {"base": 2, "voice": 2 + number % 5}, wants=201)
            quotes.append(time.perf_counter() - began)
            preview = {"subscription": subscription, "preview_mode": "recurring"}
            began = time.perf_counter()
            answer = await stripe.post("/v1/invoices/create_preview", data=preview)
            alone.append(time.perf_counter() - began)
            if not answer.is_success:
                raise WrongAnswerError(answer.text)
    await _control(world, "latency", {"milliseconds": 0})
    return Quotes(tuple(quotes), tuple(alone))


async def adjust(payers: Payers) -> Adjusted:
    """Every agency has a quote; all save in the same moment, at the pace that Stripe allows, until the last is over.

    The last agency saves nothing: its admin asks for one quote after the other meanwhile.
    """
    wanted = {"base": 3, "voice": 1}
    *savers, bystander = payers.admins
    quotes: dict[Connection, str] = {}

    async def quoted(one: Connection) -> None:
        quotes[one] = (await _done(one, "POST", "/seats/quotes", wanted))["id"]

    await _few_at_once((quoted(saver) for saver in savers), _QUOTES_AT_ONCE)
    before = len(await _asked_of_stripe(payers.world))
    await _control(payers.world, "rate-limit", {"perSecond": STRIPES_PACE})
    began = time.perf_counter()
    saving = asyncio.gather(*(_done(saver, "PUT", "/seats", {**wanted, "quoteId": quotes[saver]}) for saver in savers))
    asking = asyncio.create_task(_quotes_until(saving, bystander, wanted))
    await saving
    seconds = time.perf_counter() - began
    asked = (await _asked_of_stripe(payers.world))[before:]
    let_in = [request for request in asked if request["status"] != httpx.codes.TOO_MANY_REQUESTS]
    (_, busiest), *_ = Counter(endpoint_of(request["method"], request["path"]) for request in let_in).most_common(1)
    return Adjusted(len(savers), seconds, len(asked), len(asked) - len(let_in), busiest, await asking)


async def _quotes_until(over: asyncio.Future[Any], one: Connection, wanted: Mapping[str, object]) -> tuple[float, ...]:
    """A quote each second until then; the seconds of each, infinite when it was given up."""
    taken = []
    while not over.done():
        began = time.perf_counter()
        try:
            await _done(one, "POST", "/seats/quotes", wanted)
            taken.append(time.perf_counter() - began)
        except WrongAnswerError:
            taken.append(math.inf)
        await asyncio.sleep(_LOOK_SECONDS)
    return tuple(taken)


async def _done(one: Connection, method: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """What it came to: a 202 names the operation, which is then looked at as a page would. WrongAnswerError else."""
    status, answer = await one.answer(method, path, body)
    said: dict[str, Any] = orjson.loads(answer)
    if status == httpx.codes.ACCEPTED:
        address = f"/operations/{said['operation']['id']}"
        while (said := orjson.loads(await one.ask("GET", address)))["state"] == "running":  # noqa: ASYNC110  over HTTP
            await asyncio.sleep(_LOOK_SECONDS)
        if said["state"] == "done":
            result: dict[str, Any] = said["result"]
            return result
    if status not in {httpx.codes.OK, httpx.codes.CREATED}:
        raise WrongAnswerError(f"{method} {path} ended as {said}")
    return said


async def _few_at_once(calls: Iterator[Awaitable[object]], at_once: int = _AT_ONCE) -> None:
    async def work() -> None:
        for call in calls:
            await call

    await asyncio.gather(*(work() for _ in range(at_once)))


async def _sessions(world: BenchWorld, count: int) -> list[str]:
    """A session of each agency's admin; its row is the one that signing in leaves."""
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


async def _control(world: BenchWorld, what: str, order: dict[str, float | None]) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url) as stripe:
        (await stripe.post(f"/_control/{what}", json=order)).raise_for_status()


async def _asked_of_stripe(world: BenchWorld) -> list[dict[str, Any]]:
    """The requests that the stand-in has had, in order."""
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url, timeout=60) as stripe:
        log: list[dict[str, Any]] = (await stripe.get("/_control/requests")).json()["data"]
    return log
