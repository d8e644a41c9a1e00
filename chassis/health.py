"""Probes and metrics: a small ASGI application that every service serves, outside of any API.

`livez`: the process is worth keeping (its consumer polls). `readyz`: it can do its work now, or what is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Missing = Callable[[], Awaitable[list[str]]]
"""What is missing now, as sentences; empty when all is there."""

PROBES = ("/livez", "/readyz", "/metrics")


class Probes:
    """Answers the probes; anything else is 404."""

    def __init__(self, alive: Missing, ready: Missing) -> None:
        self._alive = alive
        self._ready = ready

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        match scope["path"]:
            case "/livez":
                await _state(send, await self._alive())
            case "/readyz":
                await _state(send, await self._ready())
            case "/metrics":
                await _answer(send, 200, CONTENT_TYPE_LATEST, generate_latest())
            case _:
                await _answer(send, 404, "text/plain; charset=utf-8", b"Nothing here.\n")


async def _state(send: Send, missing: list[str]) -> None:
    body = orjson.dumps({"status": "missing" if missing else "ok", "missing": missing})
    await _answer(send, 503 if missing else 200, "application/json", body)


async def _answer(send: Send, status: int, kind: str, body: bytes) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
