"""The Stripe stand-in as the bench uses it: subscriptions for rivals, rate limit and latency, state, request log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from bench.world import BenchWorld

_AT_ONCE = 20
_UPDATE = re.compile(r"/v1/subscriptions/\w+")


@asynccontextmanager
async def stripe_side(world: BenchWorld) -> AsyncIterator[StripeSide]:
    """Open the stand-in's API and controls, over one client."""
    key = {"Authorization": f"Bearer {world.keys.stripe_key}"}
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url, headers=key, timeout=60) as http:
        yield StripeSide(http)


class StripeSide:
    """The stand-in's API and controls."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def control(self, what: str, **settings: object) -> None:
        """Use one of the stand-in's controls."""
        (await self._http.post(f"/_control/{what}", json=settings)).raise_for_status()

    async def heal(self) -> None:
        """Remove all faults; a delayed request keeps its delay."""
        (await self._http.delete("/_control/faults")).raise_for_status()

    async def subscribe(self, count: int) -> list[tuple[str, str]]:
        """Make customers who pay for one Base seat a month each; return the ids of subscription and item."""
        prices = await self._send("GET", "prices", {"lookup_keys[0]": "headcount_base_monthly"})
        price = prices["data"][0]["id"]

        async def subscribe_one(number: int) -> tuple[str, str]:
            card = {"payment_method": "pm_card_visa", "invoice_settings[default_payment_method]": "pm_card_visa"}
            customer = await self._send("POST", "customers", {"name": f"Rival {number}", **card})
            items = {"items[0][price]": price, "items[0][quantity]": "1"}
            made = await self._send("POST", "subscriptions", {"customer": customer["id"], **items})
            return made["id"], made["items"]["data"][0]["id"]

        return await _few_at_once([subscribe_one(number) for number in range(count)])

    async def base_seats(self, subscriptions: Iterable[str]) -> dict[str, int]:
        """Return the Base seats of each subscription at Stripe."""
        known = list(subscriptions)

        async def seats_of(subscription: str) -> int:
            read = await self._send("GET", f"subscriptions/{subscription}", {})
            return sum(
                item["quantity"] for item in read["items"]["data"] if "base" in (item["price"]["lookup_key"] or "")
            )

        return dict(zip(known, await _few_at_once([seats_of(each) for each in known]), strict=True))

    async def updates(self) -> int:
        """Return how often a subscription was changed so far."""
        log = (await self._http.get("/_control/requests")).json()["data"]
        return sum(request["method"] == "POST" and _UPDATE.fullmatch(request["path"]) is not None for request in log)

    async def _send(self, method: str, path: str, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401  Stripe's JSON
        query, form = (parameters, None) if method == "GET" else (None, parameters)
        response = await self._http.request(method, f"/v1/{path}", params=query, data=form)
        response.raise_for_status()
        return response.json()


async def _few_at_once(calls: list[Any]) -> list[Any]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def run(call: Any) -> Any:  # noqa: ANN401  any call's result
        async with room:
            return await call

    return list(await asyncio.gather(*(run(call) for call in calls)))
