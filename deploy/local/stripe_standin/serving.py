"""The stand-in on a port of its own inside a running event loop, for tests and journeys."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone, and stops when it is told instead of looking now and then."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        self.begun.set()
        await self.stopping.wait()


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback while the block runs; the address, such as `http://127.0.0.1:39211`, is what it gives."""
    listener = socket.create_server(("127.0.0.1", port))
    server = _Quiet(
        uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1, timeout_keep_alive=75)
    )
    running = asyncio.create_task(server.serve([listener]))
    begun = asyncio.create_task(server.begun.wait())
    try:
        await asyncio.wait({running, begun}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            # It could not start: its own exception says why.
            await running
            raise RuntimeError("The stand-in could not start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        begun.cancel()
        server.stopping.set()
        await running
        listener.close()
