"""Pace the calls to Stripe, all together and per endpoint, and let lanes take turns.

A quote, for which a person waits, leaves at once although the purchases of a thousand agencies are waiting; and no
flood of quotes holds up purchases.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import stripe
from prometheus_client import Gauge

from services.billing.clients.stripe_http import endpoint_of
from services.billing.domain.pace import Pace

PACE: Final = Gauge("headcount_stripe_pace", "The most calls a second that this process makes to Stripe now")
_REASON: Final = "stripe-rate-limited-reason"


class Turns:
    """Release waiting calls one by one, at the pace, from each lane in turn."""

    def __init__(
        self,
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._rest = rest
        self._lanes: dict[str, deque[asyncio.Future[None]]] = {}
        self._releasing: asyncio.Task[None] | None = None

    async def wait_turn(self, lane: str) -> None:
        """Wait until a call of this lane may be made."""
        place = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, deque()).append(place)
        if self._releasing is None or self._releasing.done():
            self._releasing = asyncio.create_task(self._release())
        await place

    @property
    def rate(self) -> float:
        """The calls a second that are allowed now."""
        return self._pace.rate(self._clock())

    def turned_away(self) -> None:
        """Slow down: Stripe has rejected a call for a rate limit."""
        self._pace.turned_away(self._clock())

    async def _release(self) -> None:
        while (place := self._next()) is not None:
            seconds = self._pace.take_place(self._clock())
            if seconds > 0:
                await self._rest(seconds)
            if not place.cancelled():
                place.set_result(None)

    def _next(self) -> asyncio.Future[None] | None:
        """The first call of the next lane; a call that was cancelled is skipped."""
        while self._lanes:
            lane = next(iter(self._lanes))
            waiting = self._lanes.pop(lane)
            place = waiting.popleft()
            if waiting:
                self._lanes[lane] = waiting
            if not place.cancelled():
                return place
        return None


class Paces:
    """The pace of all calls together, and of each endpoint, which Stripe limits separately."""

    def __init__(self, per_second: float, per_endpoint: float) -> None:
        self._of_all = Turns(Pace(per_second))
        self._of_each: dict[str, Turns] = {}
        self._per_endpoint = per_endpoint

    async def wait_turn(self, lane: str, endpoint: str) -> None:
        """Wait until a call of this lane to this endpoint may be made."""
        await self._of(endpoint).wait_turn(lane)
        await self._of_all.wait_turn(lane)
        PACE.set(self._of_all.rate)

    def turned_away(self, endpoint: str, reason: str) -> None:
        """Slow down all calls or the endpoint's, by Stripe's reason; other limits are not about our rate."""
        if reason.startswith("global-"):
            self._of_all.turned_away()
        elif reason.startswith("endpoint-"):
            self._of(endpoint).turned_away()

    def _of(self, endpoint: str) -> Turns:
        return self._of_each.setdefault(endpoint, Turns(Pace(self._per_endpoint)))


class PacedHttpClient(stripe.HTTPClient):
    """The SDK's HTTP client for one lane: each request waits until the pace allows it."""

    name = "httpx"

    def __init__(self, http: stripe.HTTPClient, paces: Paces, lane: str) -> None:
        super().__init__()
        self._to_stripe = http
        self._paces = paces
        self._lane = lane

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401  as the SDK has it
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Send one request when the pace allows it."""
        endpoint = endpoint_of(method, url)
        await self._paces.wait_turn(self._lane, endpoint)
        answer = await self._to_stripe.request_async(method, url, headers, post_data)
        if (reason := answer[2].get(_REASON)) is not None:
            self._paces.turned_away(endpoint, reason)
        return answer
