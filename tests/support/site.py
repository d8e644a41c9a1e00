"""All five services behind a port on loopback, for a real browser. Messages move by themselves; the clock does not."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from contracts.vocabulary import Service
from deploy.local.stripe_standin.serving import serving
from services.gateway.app import GatewayHttp
from tests.support.journey import Journey, journey_on, text_of

_HELD_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.01
"""Seconds between two looks at a system at rest: Chromium has the machine meanwhile."""


async def _move(journey: Journey) -> None:
    while True:
        if not await journey.move():
            await asyncio.sleep(_PAUSE_SECONDS)


@contextmanager
def billing_held(journey: Journey) -> Iterator[None]:
    """Hold billing's messages, and have the pages stop waiting for its outcomes after a second."""
    journey.bus.held.add(Service.BILLING)
    try:
        with journey.impatient(_HELD_PATIENCE_SECONDS):
            yield
    finally:
        journey.bus.held.discard(Service.BILLING)


class GatewayPort:
    """The gateway's open port. To close it looks to a browser as if the gateway had died."""

    def __init__(self, http: GatewayHttp, port: int) -> None:
        self._http = http
        self._port = port
        self._open = AsyncExitStack()

    async def open(self) -> None:
        await self._open.enter_async_context(serving(self._http, self._port))

    async def close(self) -> None:
        await self._open.aclose()


@asynccontextmanager
async def site_on(database: str, others: frozenset[str] = frozenset()) -> AsyncIterator[Journey]:
    """Serve a whole journey on a free port; `journey.public` is the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    async with journey_on(database, f"http://127.0.0.1:{port}", others) as journey:
        journey.gateway_port = GatewayPort(journey.http, port)
        await journey.gateway_port.open()
        moving = asyncio.create_task(_move(journey))
        try:
            yield journey
        finally:
            journey.http.gateway.listener.close()
            await journey.gateway_port.close()
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)


async def code_for(journey: Journey, address: str) -> str:
    """Return the newest code in a person's mailbox; wait for the code up to 20 s."""
    letterbox = journey.letterbox
    return await letterbox.until(lambda: letterbox.newest_code(address))


async def link_for(journey: Journey, address: str, what: str = "login") -> str:
    """Return the newest mailed link that signs in or, for `what="invite"`, accepts; wait for the link up to 20 s."""

    def newest() -> str | None:
        for mail in reversed(journey.letterbox.to(address)):
            if match := re.search(rf"https?://\S+/{what}/[\w-]{{10,}}", text_of(mail)):
                return match.group(0)
        return None

    return await journey.letterbox.until(newest)
