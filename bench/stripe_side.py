"""The Stripe stand-in as the bench needs it: subscriptions for rivals, its pace, what it holds, what it was asked."""

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
    """Its API and its controls, over one client."""
    key = {"Authorization": f"Bearer {world.keys.stripe_key}"}
    async with httpx.AsyncClient(trust_env=False, base_url=world.stripe.url, headers=key, timeout=60) as http:
        yield StripeSide(http)


class StripeSide:
    """What the bench asks of the stand-in."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def control(self, what: str, **order: object) -> None:
        """Use one of its controls."""
        (await self._http.post(f"/_control/{what}", json=order)).raise_for_status()

    async def heal(self) -> None:
        """Take all faults away; a request that is being held up stays so for its time."""
        (await self._http.delete("/_control/faults")).raise_for_status()

    async def subscribe(self, count: int) -> list[tuple[str, str]]:
        """So many customers who pay for one Base seat a month each: the subscription's id, and its item's."""
        found = await self._ask("GET", "prices", {"lookup_keys[0]": "headcount_base_monthly"})
        price = found["data"][0]["id"]

        async def one(number: int) -> tuple[str, str]:
            card = {"payment_method": "pm_card_visa", "invoice_settings[default_payment_method]": "pm_card_visa"}
            customer = await self._ask("POST", "customers", {"name": f"Rival {number}", **card})
            items = {"items[0][price]": price, "items[0][quantity]": "1"}
            made = await self._ask("POST", "subscriptions", {"customer": customer["id"], **items})
            return made["id"], made["items"]["data"][0]["id"]

        return await _few_at_once([one(number) for number in range(count)])

    async def base_seats(self, subscriptions: Iterable[str]) -> dict[str, int]:
        """How many Base seats each of these has at Stripe."""
        known = list(subscriptions)

        async def one(subscription: str) -> int:
            read = await self._ask("GET", f"subscriptions/{subscription}", {})
            return sum(
                item["quantity"] for item in read["items"]["data"] if "base" in (item["price"]["lookup_key"] or "")
            )

        return dict(zip(known, await _few_at_once([one(each) for each in known]), strict=True))

    async def updates(self) -> int:
        """How often a subscription was changed so far."""
        log = (await self._http.get("/_control/requests")).json()["data"]
        return sum(request["method"] == "POST" and _UPDATE.fullmatch(request["path"]) is not None for request in log)

    async def _ask(self, method: str, path: str, given: Mapping[str, str]) -> Any:  # noqa: ANN401  Stripe's JSON
        query, form = (given, None) if method == "GET" else (None, given)
        answer = await self._http.request(method, f"/v1/{path}", params=query, data=form)
        answer.raise_for_status()
        return answer.json()


async def _few_at_once(calls: list[Any]) -> list[Any]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def run(call: Any) -> Any:  # noqa: ANN401  whatever it answers
        async with room:
            return await call

    return list(await asyncio.gather(*(run(call) for call in calls)))
