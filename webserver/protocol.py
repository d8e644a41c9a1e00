"""uvicorn's protocol with the bounds that it lacks: the size, the number and the time of a request's headers and body.

uvicorn takes the class of its protocol as a setting (`http`). This one adds to the callbacks of asyncio and of the
parser (httptools), and changes nothing of what uvicorn does with a request within the bounds.
"""

from __future__ import annotations

import asyncio
import math
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from webserver.bounds import HTTP_REFUSED, LINGER_SECONDS, Connections

_GRACE_SECONDS = 5.0
"""`BodyInTime` answers a late body; a connection whose body nobody reads ends this much later."""


class Phase(Enum):
    """The part of the request that is being read."""

    HEAD = auto()
    BODY = auto()
    NOTHING = auto()
    """The request is whole: its response is under way, or the connection is idle."""
    FAREWELL = auto()
    """The request was refused: what still comes is thrown away."""


class _TooManyHeadersError(Exception):
    """Ends the parsing of a request."""


class BoundedProtocol(HttpToolsProtocol):
    """A connection, with the bounds of its requests."""

    listener: ClassVar[Connections]
    """The listener's, set by a subclass for each listener."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._bounds = self.listener.bounds
        self._phase = Phase.HEAD
        self._deadline = math.inf
        self._stalled_at = math.inf
        self._closing_at = math.inf
        self._bytes = 0
        self._header_count = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Admit the connection, or say that there are too many."""
        super().connection_made(transport)
        host = self.client[0] if self.client is not None else "unknown"
        if self.listener.admit(self, host):
            self._await_head()
        elif self.listener.turn_away(self):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "connections")
        else:
            HTTP_REFUSED.labels("connections").inc()
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.listener.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, in pieces that end where a bound is reached."""
        if self._phase is Phase.NOTHING:
            self._await_head()
        while data and self._phase is not Phase.FAREWELL and not self.transport.is_closing():
            most = self._bounds.head_bytes if self._phase is Phase.HEAD else self._bounds.request_bytes
            room = most - self._bytes
            if room <= 0:
                self._refuse_large()
                return
            piece, data = data[:room], data[room:]
            self._bytes += len(piece)
            super().data_received(piece)

    def on_message_begin(self) -> None:
        """Count anew for a request that was sent with the end of the one before."""
        super().on_message_begin()
        if self._phase is not Phase.HEAD:
            self._await_head()
            self._bytes = 1

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. A trailer only counts: the application has read the headers by then."""
        self._header_count += 1
        if self._header_count > self._bounds.headers:
            raise _TooManyHeadersError
        if self._phase is Phase.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request, and go on to its body."""
        super().on_headers_complete()
        self._phase = Phase.BODY
        self._deadline = self.loop.time() + self._bounds.body_seconds + _GRACE_SECONDS

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._phase, self._deadline = Phase.NOTHING, math.inf
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that the parser gave up; uvicorn's own answer is plain text."""
        del msg
        if self._header_count > self._bounds.headers:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers")
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "malformed")

    def pause_writing(self) -> None:
        """Give the client a while to take the response."""
        super().pause_writing()
        self._stalled_at = self.loop.time() + self._bounds.stalled_seconds

    def resume_writing(self) -> None:
        """The client takes the response."""
        super().resume_writing()
        self._stalled_at = math.inf

    def check(self, now: float) -> None:
        """End the connection, or refuse its request, if its time is over."""
        if self.transport.is_closing():
            # It closes once the client has taken the rest; a client that takes nothing would keep it for ever.
            self._closing_at = min(self._closing_at, now + LINGER_SECONDS)
            if now >= self._closing_at:
                self.transport.abort()
        elif now >= self._stalled_at:
            HTTP_REFUSED.labels("stalled").inc()
            self.transport.abort()
        elif now >= self._deadline:
            self._end_late(now)

    def _end_late(self, now: float) -> None:
        if self._phase is Phase.FAREWELL:
            self.transport.abort()
        elif self.flow.read_paused:
            # The client waits for us: an earlier response is under way, or the application does not read yet.
            self._deadline = now + self._bounds.body_seconds
        elif not self._bytes:
            self.transport.close()  # a browser's connection in reserve
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "head_time" if self._phase is Phase.HEAD else "body_time")

    def _await_head(self) -> None:
        self._phase, self._bytes, self._header_count = Phase.HEAD, 0, 0
        self._deadline = self.loop.time() + self._bounds.head_seconds

    def _refuse_large(self) -> None:
        if self._phase is Phase.HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_size")
        else:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request_size")

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        """Answer with the status, if an answer can still be given, and end the connection."""
        HTTP_REFUSED.labels(why).inc()
        if self._may_answer():
            self.transport.write(_response(status, self.listener.problem(status)))
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()
            return
        # To close at once would reset the connection while the client still sends, and the answer would be lost.
        self._phase, self._deadline = Phase.FAREWELL, self.loop.time() + LINGER_SECONDS
        self.flow.resume_reading()
        self.transport.write_eof()

    def _may_answer(self) -> bool:
        if self._phase is Phase.BODY:
            return not self.cycle.response_started and not self.pipeline
        return self.cycle is None or self.cycle.response_complete


def _response(status: HTTPStatus, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body
