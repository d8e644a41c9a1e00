"""The parts of its process that the application needs, and the caller of a request."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg

from chassis.actor import LocalCommand
from chassis.clock import World
from database.postgres import Pool
from services.gateway.domain.device_name import OTHER_DEVICE
from transport.records import Outgoing


class Chassis(Protocol):
    """The runtime of the gateway's actors."""

    @property
    def pool(self) -> Pool:
        """Connections under the gateway's role, in its schema."""
        ...

    @property
    def world(self) -> World:
        """Time and ids."""
        ...

    async def execute(self, commands: Sequence[LocalCommand]) -> list[Any]:
        """Decide commands in one transaction; return the result of each, or the exception that it raised."""
        ...


Publish = Callable[[Outgoing], Awaitable[bool]]
"""Publish one record past the outbox; True once all in-sync replicas have it."""
Stalled = Callable[[], float]
"""Seconds for which the bus has acknowledged no message, while messages wait."""
Listen = Callable[[], Awaitable["asyncpg.Connection[Any]"]]
"""Opens a connection of its own, for LISTEN."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request: the network, and the credentials of the browser or program.

    `browser` is the token that ties codes to a browser, `session` the token of the session cookie; `key` is what a
    program carries instead of one, and `bearer` what an extension or app carries. `device` is its name for people.
    `in_background`: an open page looks by itself, which keeps no session alive.
    """

    network: str
    browser: str | None = None
    session: str | None = None
    key: str | None = None
    bearer: str | None = None
    device: str = OTHER_DEVICE
    in_background: bool = False

    @property
    def dead_credential(self) -> str | None:
        """The kind of a credential that opens nothing; None for a browser's session, or without a credential."""
        if self.bearer is not None:
            return "dead_bearer_token"
        return None if self.key is None else "dead_api_key"

    @property
    def name(self) -> str:
        """The caller's name for `Idempotency-Key` when no member is signed in.

        The kind comes first, so that no browser's token reads as a network. Names are stored, so the token is hashed.
        """
        if self.browser is None:
            return self.network_name
        return f"browser:{hashlib.sha256(self.browser.encode()).hexdigest()}"

    @property
    def network_name(self) -> str:
        """The caller's name without a cookie. A sign-up always bears it: its response sets the cookie."""
        return f"network:{self.network}"
