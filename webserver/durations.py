"""How long requests take, by the route's template: an address itself would name people, and be endless."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import Histogram

HTTP_SECONDS = Histogram(
    "headcount_http_seconds",
    "One request, from its headers to the end of its response; a stream's until it begins",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5.5, 10, 30),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "none"
"""The route of what no route handles, and the status of a request that got no response."""


class Timed:
    """Wraps an application: measures each of its requests."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401  ASGI
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI
        """Serve a request, and observe it once."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, observed = time.perf_counter(), NO_ROUTE, False

        def observe() -> None:
            nonlocal observed
            if not observed:
                observed = True
                method = scope["method"] if scope["method"] in _METHODS else "other"
                HTTP_SECONDS.labels(method, route_of(scope), status).observe(time.perf_counter() - began)

        async def watched(message: Any) -> None:  # noqa: ANN401  ASGI
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                if _is_stream(message.get("headers", ())):
                    observe()
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            observe()


def route_of(scope: Any) -> str:  # noqa: ANN401  ASGI
    """The template of the route that handled a request, as `/things/{thing_id}`; below a mount, the mount's path.

    Neither Starlette nor FastAPI gives the whole template of every kind of route. It is the path with the names of the
    parameters in place of their values; a value that is not written as it was understood leaves no template.
    """
    if "endpoint" not in scope:
        return NO_ROUTE
    if root := scope.get("root_path"):
        return str(root)
    template: str = scope["path"]
    for name, value in scope.get("path_params", {}).items():
        before, found, after = template.rpartition(f"/{value}")
        if not found:
            return NO_ROUTE
        template = f"{before}/{{{name}}}{after}"
    return template


def _is_stream(headers: Any) -> bool:  # noqa: ANN401  ASGI
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers)
