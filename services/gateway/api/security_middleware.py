"""The outermost layer of HTTP: the client's address, security headers, and no write from a page of another origin."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.problems import MEDIA_TYPE, details, status_of
from services.gateway.api.request import API, browser_cookie, session_cookie
from services.gateway.application.security_log import SecurityEvent, SecurityLog
from services.gateway.domain.audience import Audience, serves
from services.gateway.domain.gateway_codes import NOT_FOUND, REQUEST_TOO_LARGE
from services.gateway.domain.same_origin import allowed
from telemetry.tracing import trace_context, traceparent_or_new
from webserver.client_address import TrustedProxies, network_of
from webserver.server import Asgi, Message, Receive, Scope, Send

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
BadOriginPage = Callable[[Request], Response]
"""Makes the page for a person whose form came from another origin; a program gets problem details."""
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_FORWARDED = b"x-forwarded-for"
_DEGRADED = (b"headcount-degraded", RejectionCode.BUS_UNAVAILABLE.encode())
_UNGUARDED = f"{API}/webhooks/"
"""Stripe sends no Origin; the webhook checks its signature instead."""
_FORBIDDEN, _TOO_LARGE = 403, 413
_LARGE = orjson.dumps(details(REQUEST_TOO_LARGE))
_PROBLEM_HEADERS = ((b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(_LARGE)).encode()))


class SecurityMiddleware:
    """Wraps the application as ASGI middleware."""

    def __init__(
        self,
        app: Asgi,
        public_url: str,
        proxies: TrustedProxies,
        security: SecurityLog,
        audience: Audience = Audience.EVERYBODY,
        bad_origin_page: BadOriginPage | None = None,
        degraded: Callable[[], bool] = lambda: False,
    ) -> None:
        """Each response calls `degraded`: while it is true, a header says what does not work."""
        self._app = app
        self._public_url = public_url
        self._proxies = proxies
        self._security = security
        self._audience = audience
        self._bad_origin_page = bad_origin_page
        self._degraded = degraded
        self._cookies = (session_cookie(public_url), browser_cookie(public_url))
        self._headers = (*_HEADERS, _HSTS) if public_url.startswith("https:") else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a write with our cookie from a page of another origin is rejected with `bad_origin`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        network = self._find_client(scope)
        forbidden = SecurityEvent.FORBIDDEN
        too_large = False

        async def guarded(message: Message) -> None:
            nonlocal too_large
            if message["type"] == "http.response.start":
                # The body's limit is kept below the application's own error handling, and answers in plain text.
                too_large = message["status"] == _TOO_LARGE
                if message["status"] == _FORBIDDEN:
                    self._security.note(forbidden, network)
                given = _PROBLEM_HEADERS if too_large else list(message.get("headers", ()))
                message["headers"] = self._with_headers(path, list(given))
            elif too_large:
                more = message.get("more_body", False)
                message = {"type": "http.response.body", "body": b"" if more else _LARGE, "more_body": more}
            await send(message)

        headers = dict(scope["headers"])
        cookies = b";".join(value for name, value in scope["headers"] if name == b"cookie")
        trace_context.set(traceparent_or_new(headers.get(b"traceparent", b"").decode("latin-1")))
        if not serves(self._audience, path):
            await _reject(guarded, NOT_FOUND)
        elif path.startswith(_UNGUARDED) or self._may(scope["method"], headers, cookies):
            scope.setdefault("state", {})["operator_counts"] = self._audience.has_operator
            await self._app(scope, receive, guarded)
        else:
            forbidden = SecurityEvent.BAD_ORIGIN
            await self._reject_origin(scope, receive, guarded)

    async def _reject_origin(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        by_person = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(f"{API}/")
        if self._bad_origin_page is None or not by_person:
            await _reject(send, RejectionCode.BAD_ORIGIN)
        else:
            await self._bad_origin_page(request)(scope, receive, send)

    def _find_client(self, scope: Scope) -> str:
        """Put the client's own address into the scope in place of a trusted proxy's; return its network."""
        host, port = scope.get("client") or ("unknown", 0)
        client = self._proxies.client_of(host, [value for name, value in scope["headers"] if name == _FORWARDED])
        scope["client"] = (client, port if client == host else 0)
        return network_of(client)

    def _with_headers(self, path: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        given = {name for name, _ in headers}
        headers += [(name, value) for name, value in self._headers if name not in given]
        if self._degraded():
            headers.append(_DEGRADED)
        if path.startswith(API) and b"cache-control" not in given:
            headers.append((b"cache-control", b"no-store"))
        return headers

    def _may(self, method: str, headers: dict[bytes, bytes], cookies: bytes) -> bool:
        origin = headers.get(b"origin")
        return allowed(
            method,
            None if origin is None else origin.decode("latin-1"),
            ours=self._public_url,
            with_cookie=self._carries_ours(cookies),
        )

    def _carries_ours(self, header: bytes) -> bool:
        # Read as text, not parsed: a spelling that our parser trips over must not slip past as "no cookie".
        return any(name.encode() in header for name in self._cookies)


async def _reject(send: Send, code: str) -> None:
    body = orjson.dumps(details(code))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status_of(code), "headers": headers})
    await send({"type": "http.response.body", "body": body})
