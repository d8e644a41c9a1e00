"""The HTTP servers of a process: a listener for each audience, with its bounds."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
import uvicorn

from webserver.bounds import HTTP_REFUSED, Connections, HttpBounds, about_blank
from webserver.client_address import network_of
from webserver.durations import Timed
from webserver.protocol import BoundedProtocol

log = structlog.get_logger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

SHUTDOWN_SECONDS = 3
"""Seconds that requests get to end when the process ends."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An address, and what is served there. Port 0 takes a free one.

    `counted_as` gives the network as which a peer's connections count, None for a trusted proxy; `problem` gives the
    problem details of a refusal.
    """

    name: str
    app: Asgi
    host: str
    port: int
    bounds: HttpBounds = field(default_factory=HttpBounds)
    counted_as: Callable[[str], str | None] = network_of
    problem: Callable[[int], bytes] = about_blank


class NotListeningError(Exception):
    """An address cannot be listened at: another program has the port, or it is not ours to take."""


class Server(uvicorn.Server):
    """Serves a listener. It leaves signals alone: they are the process's business."""

    def __init__(self, listener: Listener) -> None:
        self.connections = Connections(listener.bounds, listener.counted_as, listener.problem)
        self._name = listener.name
        self._listening = asyncio.Event()

        class OfListener(BoundedProtocol):
            listener = self.connections

        super().__init__(
            uvicorn.Config(
                BodyInTime(Timed(listener.app), listener.bounds.body_seconds, listener.problem),
                host=listener.host,
                port=listener.port,
                http=OfListener,
                ws="none",
                # Any client may write any X-Forwarded-For; `webserver.client_address` reads it.
                proxy_headers=False,
                log_config=None,
                # Its warnings are a line for each malformed request, which strangers could fill the log with.
                log_level="error",
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
                timeout_keep_alive=listener.bounds.idle_seconds,
            )
        )

    @property
    def port(self) -> int:
        """The port that is listened at, once the server has started."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    async def start(self) -> asyncio.Task[None]:
        """Listen, and serve from then on. NotListeningError if the address cannot be listened at."""
        serving = asyncio.create_task(self.serve())
        listening = asyncio.create_task(self._listening.wait())
        await asyncio.wait([serving, listening], return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if serving.done():
            serving.result()
        return serving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and log where."""
        try:
            await super().startup(sockets)
        except SystemExit as ended:  # uvicorn ends the process itself, with an exit code that says nothing
            fault = ended.__context__
            why = fault.strerror if isinstance(fault, OSError) and fault.strerror else "it is not free"
            address = f"{self.config.host}:{self.config.port}"
            raise NotListeningError(f"The listener `{self._name}` cannot listen at {address}: {why}.") from fault
        self._listening.set()
        log.info("process.listening", kind=self._name, port=self.port)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `should_exit` is set, and end connections whose time is over."""
        sweeping = asyncio.create_task(self.connections.keep_sweeping())
        try:
            await super().serve(sockets)
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class BodyInTime:
    """Answers 408 in the application's stead when a request's body does not come in time."""

    def __init__(self, app: Asgi, seconds: float, problem: Callable[[int], bytes]) -> None:
        self._app = app
        self._seconds = seconds
        self._problem = problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request. The application of a late one sees a client that has gone."""
        deadline = asyncio.get_running_loop().time() + self._seconds
        whole = late = started = False

        async def receive_in_time() -> Message:
            nonlocal whole, late
            if whole:
                return await receive()
            if late:
                return {"type": "http.disconnect"}
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                late = True
                if not started:
                    await self._refuse(send)
                return {"type": "http.disconnect"}
            whole = not message.get("more_body", False)
            return message

        async def send_unless_late(message: Message) -> None:
            nonlocal started
            started = True
            if not late:
                await send(message)

        await self._app(scope, receive_in_time, send_unless_late)

    async def _refuse(self, send: Send) -> None:
        HTTP_REFUSED.labels("body_time").inc()
        body = self._problem(HTTPStatus.REQUEST_TIMEOUT)
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": HTTPStatus.REQUEST_TIMEOUT, "headers": headers})
        await send({"type": "http.response.body", "body": body})
