"""A person with a browser, and the requests that a person sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from contracts.vocabulary import Service
from tests.simulation.system import System
from tests.simulation.turns import current


@dataclass
class SentRequest:
    """A request that may be repeated."""

    person: Person
    method: str
    path: str
    body: object
    key: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Person:
    """A person with a browser."""

    email: str
    client: httpx.AsyncClient
    domain: str
    seat: str = "base"
    """The seat type that the person signs up for, each time."""
    signed_up: bool = False
    signed_in: bool = False
    requested_code: bool = False
    signed_baa: bool = False
    mails_read: int = 0
    keys: list[tuple[str, str]] = field(default_factory=list)
    """API keys made: the id and the secret."""
    goal: str | None = None
    """The action that the person does as soon as the page allows it."""
    quotes: list[tuple[str, str, Any]] = field(default_factory=list)
    """Requested previews: the operation, its subject (`seats` or `cycle`), and the counts or the cycle."""

    @property
    def details(self) -> dict[str, str]:
        """The name and seat type that the person wants. Nobody else has the name."""
        return {"name": f"Nia {self.email.partition('@')[0].title()}", "seatType": self.seat}


class GatewayTransport(httpx.AsyncBaseTransport):
    """The HTTP transport to the gateway replica that runs the current turn."""

    def __init__(self, system: System) -> None:
        self._transports = {
            replica.name: httpx.ASGITransport(app=replica.http, client=("198.51.100.7", 4711))
            for replica in system.of(Service.GATEWAY)
            if replica.http is not None
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        turn = current()
        assert turn is not None
        return await self._transports[turn.process].handle_async_request(request)
