"""The bounds of a stranger's connection: the size and the time of its requests, and how many connections there are."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import orjson
from prometheus_client import Counter as Metric

from webserver.client_address import network_of

HTTP_REFUSED = Metric("headcount_http_refused", "Requests and connections beyond a bound of HTTP", ["why"])
LINGER_SECONDS = 2.0
"""Seconds in which a client may still read why it was refused, before its connection is cut."""
SWEEP_SECONDS = 1.0
"""Seconds between two looks at the times of all connections: a timer for each would cost more than the request."""
_TURNED_AWAY = 200
"""Connections beyond the bound that get a response at the same time; all others are closed without one."""
_OTHER_FILES = 500
"""Files that the process needs beside the connections of its listeners."""


@dataclass(frozen=True, slots=True)
class HttpBounds:
    """The bounds of one listener. A request or a connection beyond one of them is refused."""

    head_bytes: int = 32 * 1024
    """The request line and all headers."""
    headers: int = 100
    """The headers of a request, its trailers included."""
    head_seconds: float = 10.0
    """From the first byte of a request, or the opening of a connection, until the headers are there."""
    request_bytes: int = 2 * 1024 * 1024
    """A whole request as it is sent. A call's own limit of its body is below this."""
    body_seconds: float = 30.0
    """From the headers until the body is there."""
    idle_seconds: int = 30
    """A connection without a request."""
    stalled_seconds: float = 60.0
    """A response that the client does not take."""
    connections: int = 4_000
    connections_per_network: int = 1_000


class Connection(Protocol):
    """An open connection."""

    def check(self, now: float) -> None:
        """End the connection, or refuse its request, if its time is over."""
        ...


def about_blank(status: int) -> bytes:
    """Problem details that say no more than the status (RFC 9457, 4.2.1)."""
    return orjson.dumps({"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status})


class Connections:
    """The open connections of a listener, in all and by network."""

    def __init__(
        self,
        bounds: HttpBounds,
        counted_as: Callable[[str], str | None] = network_of,
        problem: Callable[[int], bytes] = about_blank,
    ) -> None:
        """`counted_as` gives the network of a peer; None for one that counts only in all. `problem` words a refusal."""
        self.bounds = bounds
        self.problem = problem
        self._counted_as = counted_as
        self._admitted: dict[Connection, str | None] = {}
        self._turned_away: set[Connection] = set()
        self._by_network: Counter[str] = Counter()

    def admit(self, connection: Connection, host: str) -> bool:
        """Count a new connection; False if there are too many, in all or of its network."""
        network = self._counted_as(host)
        too_many = network is not None and self._by_network[network] >= self.bounds.connections_per_network
        if too_many or len(self._admitted) >= self.bounds.connections:
            return False
        self._admitted[connection] = network
        if network is not None:
            self._by_network[network] += 1
        return True

    def turn_away(self, connection: Connection) -> bool:
        """Keep a connection that was not admitted until it has read why; False if too many wait for theirs already."""
        if len(self._turned_away) >= _TURNED_AWAY:
            return False
        self._turned_away.add(connection)
        return True

    def forget(self, connection: Connection) -> None:
        """Count a connection no more: it is closed."""
        self._turned_away.discard(connection)
        network = self._admitted.pop(connection, None)
        if network is not None:
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]

    def sweep(self, now: float) -> None:
        """Look at the times of all connections. `now` is a time of the event loop."""
        for connection in (*self._admitted, *self._turned_away):
            connection.check(now)

    async def keep_sweeping(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep(asyncio.get_running_loop().time())


def make_room_for_files(connections: int) -> None:
    """Let the process open a file for each connection, as far as the system allows.

    Without a free file nobody can connect, so that the bounds would protect nobody.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
