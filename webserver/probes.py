"""Probes and metrics that every service serves outside of any API.

`/livez`: the process is worth keeping, because its consumer polls. `/readyz`: it can do its work now. Both answer with
what is missing, and with 503 if anything is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Missing = Callable[[], Awaitable[list[str]]]
"""The parts that are missing now, as sentences; empty when all is there."""

PROBES = ("/livez", "/readyz", "/metrics")


async def nothing_to_measure() -> None:
    """For a process whose metrics are all counted where things happen."""


def probes(alive: Missing, ready: Missing, measure: Callable[[], Awaitable[None]] = nothing_to_measure) -> Starlette:
    """The application; anything but a probe is 404. `measure` sets the gauges that are read at a scrape."""

    def state(missing: list[str]) -> Response:
        body = {"status": "missing" if missing else "ok", "missing": missing}
        return JSONResponse(body, 503 if missing else 200)

    async def livez(_: Request) -> Response:
        return state(await alive())

    async def readyz(_: Request) -> Response:
        return state(await ready())

    async def metrics(_: Request) -> Response:
        await measure()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[Route(path, answer) for path, answer in zip(PROBES, (livez, readyz, metrics), strict=True)]
    )
