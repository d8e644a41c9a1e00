"""The stand-in on a port of its own inside a running event loop, for tests and journeys."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback while the block runs; the address, such as `http://127.0.0.1:39211`, is what it gives."""
    listener = socket.create_server(("127.0.0.1", port))
    server = _Quiet(uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            if running.done():
                await running
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()
