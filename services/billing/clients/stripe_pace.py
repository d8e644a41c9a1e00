"""The pace at which calls leave for Stripe, of all and of each of its endpoints, and whose turn it is.

Lanes take turns. So a quote, for which a person waits, leaves at once while the purchases of a thousand agencies stand
in line, and no flood of quotes holds up purchases.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import stripe
from prometheus_client import Gauge

from services.billing.domain.pace import Pace

PACE: Final = Gauge("headcount_stripe_pace", "Calls a second that this process lets out to Stripe at most")
_REASON: Final = "stripe-rate-limited-reason"
_ID: Final = re.compile(r"/[a-z]{2,5}_\w{8,}(?=/|$)")


class Turns:
    """Lets one call after the other out, at the pace, of each lane in turn."""

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
        self._letting: asyncio.Task[None] | None = None

    async def wait_turn(self, lane: str) -> None:
        """Wait until a call of this lane may leave."""
        mine = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, deque()).append(mine)
        if self._letting is None or self._letting.done():
            self._letting = asyncio.create_task(self._let_out())
        await mine

    @property
    def rate(self) -> float:
        """Calls a second, as of now."""
        return self._pace.rate(self._clock())

    def turned_away(self) -> None:
        """Stripe had too many calls."""
        self._pace.turned_away(self._clock())

    async def _let_out(self) -> None:
        while (mine := self._next()) is not None:
            seconds = self._pace.take_place(self._clock())
            if seconds > 0:
                await self._rest(seconds)
            if not mine.cancelled():
                mine.set_result(None)

    def _next(self) -> asyncio.Future[None] | None:
        """The next one of the lane whose turn it is; who has given up has no turn."""
        while self._lanes:
            lane = next(iter(self._lanes))
            waiting = self._lanes.pop(lane)
            mine = waiting.popleft()
            if waiting:
                self._lanes[lane] = waiting
            if not mine.cancelled():
                return mine
        return None


class Paces:
    """The turns of all calls together, and beside them those of each endpoint, which Stripe limits on its own."""

    def __init__(self, per_second: float, per_endpoint: float) -> None:
        self._of_all = Turns(Pace(per_second))
        self._of_each: dict[str, Turns] = {}
        self._per_endpoint = per_endpoint

    async def wait_turn(self, lane: str, endpoint: str) -> None:
        """Wait until a call of this lane to this endpoint may leave."""
        await self._of(endpoint).wait_turn(lane)
        await self._of_all.wait_turn(lane)
        PACE.set(self._of_all.rate)

    def turned_away(self, endpoint: str, reason: str) -> None:
        """Stripe had too many calls, of all or of one endpoint's; what else it limits is not about how many we make."""
        if reason.startswith("global-"):
            self._of_all.turned_away()
        elif reason.startswith("endpoint-"):
            self._of(endpoint).turned_away()

    def _of(self, endpoint: str) -> Turns:
        return self._of_each.setdefault(endpoint, Turns(Pace(self._per_endpoint)))


class InTurn(stripe.HTTPClient):
    """The connection to Stripe as one lane has it: each call waits for its turn."""

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
        """Send one request when it is its turn."""
        endpoint = endpoint_of(method, url)
        await self._paces.wait_turn(self._lane, endpoint)
        answer = await self._to_stripe.request_async(method, url, headers, post_data)
        if (reason := answer[2].get(_REASON)) is not None:
            self._paces.turned_away(endpoint, reason)
        return answer


def endpoint_of(method: str, url: str) -> str:
    """The operation that Stripe counts: calls about different objects are calls to one endpoint."""
    return f"{method.upper()} {_ID.sub('/{id}', urlsplit(url).path)}"
