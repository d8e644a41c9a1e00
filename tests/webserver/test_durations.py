"""The durations of requests are kept by the route's template, and a stream counts until it begins."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route

from webserver.durations import Timed


def count(**labels: str) -> float:
    return REGISTRY.get_sample_value("headcount_http_seconds_count", labels) or 0.0


async def plain(_: Request) -> Response:
    return Response("done")


async def fails(_: Request) -> Response:
    raise RuntimeError("of a test")


async def stream(request: Request) -> Response:
    async def events() -> Any:  # noqa: ANN401  a generator
        seen.append(count(method="GET", route="/stream", status="200"))
        yield b"data: 1\n\n"

    seen: list[float] = request.app.state.seen
    return StreamingResponse(events(), media_type="text/event-stream")


async def call(method: str, path: str) -> None:
    transport = httpx.ASGITransport(Timed(APP), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.request(method, path)


INNER, OUTER = APIRouter(prefix="/api/v1"), APIRouter()
INNER.add_api_route("/me", lambda: "me")
INNER.add_api_route("/things/{thing}", lambda thing: thing)
OUTER.include_router(INNER)
APP = FastAPI(
    routes=[
        Route("/people/{name}", plain, methods=["GET", "POST"]),
        Route("/fails", fails),
        Route("/numbers/{number:int}", plain),
        Route("/stream", stream),
        Mount("/below", routes=[Route("/{thing}", plain)]),
    ]
)
APP.router.routes.extend(OUTER.routes)


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/people/ann", {"method": "GET", "route": "/people/{name}", "status": "200"}),
        ("POST", "/people/bob", {"method": "POST", "route": "/people/{name}", "status": "200"}),
        ("GET", "/nothing/of/ours", {"method": "GET", "route": "none", "status": "404"}),
        ("BREW", "/nothing/of/ours", {"method": "other", "route": "none", "status": "404"}),
        ("GET", "/api/v1/me", {"method": "GET", "route": "/api/v1/me", "status": "200"}),
        ("GET", "/api/v1/things/4711", {"method": "GET", "route": "/api/v1/things/{thing}", "status": "200"}),
        ("GET", "/below/4711", {"method": "GET", "route": "/below", "status": "200"}),
        ("GET", "/numbers/007", {"method": "GET", "route": "none", "status": "200"}),
        ("GET", "/fails", {"method": "GET", "route": "/fails", "status": "500"}),
    ],
)
async def test_a_request_counts_once_by_method_template_and_status(
    method: str, path: str, labels: dict[str, str]
) -> None:
    before = count(**labels)
    await call(method, path)
    assert count(**labels) == before + 1


async def test_a_stream_counts_when_it_begins_and_not_for_as_long_as_it_is_open() -> None:
    labels = {"method": "GET", "route": "/stream", "status": "200"}
    before, APP.state.seen = count(**labels), []
    await call("GET", "/stream")
    assert [before + 1] == APP.state.seen
    assert count(**labels) == before + 1
