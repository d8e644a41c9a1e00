"""CORS, the outermost layer: origins that the operator lists may make the calls of bearer tokens from their pages.

A request with any cookie is none of theirs: it goes on unchanged to the same-origin rule, and its response is not for
another origin to read. A response to a listed origin sets no cookie.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from services.gateway.api.request import API, BACKGROUND
from services.gateway.domain.other_origins import methods_for_others

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_VARY = (b"vary", b"Origin")
_ALLOWED_HEADERS = f"authorization, content-type, idempotency-key, last-event-id, {BACKGROUND}"
_READABLE_HEADERS = "retry-after"
_PREFLIGHT_SECONDS = 600


class CorsMiddleware:
    """Wraps the application as ASGI middleware; `origins` are as browsers send them."""

    def __init__(self, app: Callable[[Any, Any, Any], Awaitable[None]], origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI
        """Serve a request; answer the preflight of a call that is open to a listed origin."""
        path = str(scope.get("path", ""))
        methods = methods_for_others(path.removeprefix(API)) if path.startswith(f"{API}/") else frozenset()
        if scope["type"] != "http" or not methods:
            await self._app(scope, receive, send)
            return
        origin = self._listed_origin(scope["headers"])
        if origin is None:
            await self._app(scope, receive, _with(send, _VARY))
            return
        allow = (b"access-control-allow-origin", origin)
        if scope["method"] == "OPTIONS":
            await _answer_preflight(send, [allow, _VARY], methods)
        elif scope["method"] in methods:
            # Without the header and without a cookie, the request is a program's like any other.
            rest = [(name, value) for name, value in scope["headers"] if name != b"origin"]
            exposed = (b"access-control-expose-headers", _READABLE_HEADERS.encode())
            await self._app({**scope, "headers": rest}, receive, _with(send, allow, exposed, _VARY, cookies=False))
        else:
            await self._app(scope, receive, _with(send, _VARY))

    def _listed_origin(self, headers: Headers) -> bytes | None:
        """The origin of a request without cookies, if it is listed. Two Origin headers are none."""
        origins = [value for name, value in headers if name == b"origin"]
        if len(origins) != 1 or origins[0] not in self._origins or any(name == b"cookie" for name, _ in headers):
            return None
        return origins[0]


def _with(send: Send, *added: tuple[bytes, bytes], cookies: bool = True) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given: Headers = list(message.get("headers", ()))
            kept = given if cookies else [(name, value) for name, value in given if name.lower() != b"set-cookie"]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return sent


async def _answer_preflight(send: Send, headers: Headers, methods: frozenset[str]) -> None:
    headers += [
        (b"access-control-allow-methods", ", ".join(sorted(methods)).encode()),
        (b"access-control-allow-headers", _ALLOWED_HEADERS.encode()),
        (b"access-control-max-age", str(_PREFLIGHT_SECONDS).encode()),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
