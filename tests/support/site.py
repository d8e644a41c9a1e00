"""All five services behind a port on loopback, for a real browser: messages move by themselves, the clock does not."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from deploy.local.stripe_standin.serving import serving
from services.gateway.app import GatewayHttp
from tests.support.journey import HASTE, Journey, journey_on, text_of


async def _move(journey: Journey) -> None:
    while True:
        if not await journey.step():
            await asyncio.sleep(HASTE)


class Doors:
    """Where browsers come in: closed, it is as if the gateway had died; opened again, as if another had started."""

    def __init__(self, http: GatewayHttp, port: int) -> None:
        self._http = http
        self._port = port
        self._open = AsyncExitStack()

    async def open(self) -> None:
        await self._open.enter_async_context(serving(self._http, self._port))

    async def close(self) -> None:
        await self._open.aclose()


@asynccontextmanager
async def site_on(database: str) -> AsyncIterator[Journey]:
    """Serve a whole journey; `journey.public` is where."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    async with journey_on(database, f"http://127.0.0.1:{port}") as journey:
        journey.doors = Doors(journey.http, port)
        await journey.doors.open()
        moving = asyncio.create_task(_move(journey))
        try:
            yield journey
        finally:
            journey.http.gateway.listener.close()
            await journey.doors.close()
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)


async def code_for(journey: Journey, address: str) -> str:
    """The newest code in somebody's mailbox, once it is there."""
    async with asyncio.timeout(20):
        while True:
            try:
                return journey.letterbox.code(address)
            except StopIteration:
                await asyncio.sleep(HASTE)


async def link_for(journey: Journey, address: str, what: str = "login") -> str:
    """The link in the newest mail of somebody, once there is one with a link that signs in, or accepts an `invite`."""
    async with asyncio.timeout(20):
        while True:
            for mail in reversed(journey.letterbox.to(address)):
                if found := re.search(rf"https?://\S+/{what}/[\w-]{{10,}}", text_of(mail)):
                    return found.group(0)
            await asyncio.sleep(HASTE)
