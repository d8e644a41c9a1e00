"""The stand-in as one ASGI application: Stripe's API under /v1, its pages, its controls, its clock and its webhooks."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.local.stripe_standin.clock import Clock
from deploy.local.stripe_standin.controls import Controls
from deploy.local.stripe_standin.dashboard import Dashboard
from deploy.local.stripe_standin.desk import Desk
from deploy.local.stripe_standin.faults import Faults
from deploy.local.stripe_standin.invoice_pages import InvoicePages
from deploy.local.stripe_standin.journal import Journal
from deploy.local.stripe_standin.pages import Pages
from deploy.local.stripe_standin.portal_pages import PortalPages
from deploy.local.stripe_standin.service import Pace, Request, Service
from deploy.local.stripe_standin.webhooks import Webhooks
from deploy.local.stripe_standin.world import World

# Stripe's live mode lets in so many requests a second.
LIVE_REQUESTS_PER_SECOND = 100.0
_LONGEST_NAP = 3600.0


class _Addresses:
    """Full addresses of our own pages: under the public address, or under the one that we were last asked at."""

    def __init__(self, public: str | None) -> None:
        self._fixed = public
        self._seen = public or "http://127.0.0.1"

    def see(self, request: HttpRequest) -> None:
        if self._fixed is None:
            self._seen = str(request.base_url)

    def __call__(self, path: str) -> str:
        return self._seen.rstrip("/") + path


def create_app(
    state_path: Path | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "whsec_standin",  # noqa: S107 - it signs between two local processes
    *,
    public_url: str | None = None,
    requests_per_second: float | None = LIVE_REQUESTS_PER_SECOND,
    wall: Callable[[], float] = time.time,
) -> ASGIApp:
    """Return the application.

    Without `state_path` it forgets at exit. `webhook_url` is where events are posted (None: nowhere). `public_url` is
    the address that its pages are reached at, where that is not the one of the request. `wall` tells the real time.
    """
    addresses = _Addresses(public_url)
    world = World(Journal(state_path), Clock(wall))
    pace = Pace()
    pace.limit_to(requests_per_second)
    service = Service(world, Faults(wall), pace, addresses)
    webhooks = Webhooks(world, webhook_url, webhook_secret)
    woken = asyncio.Event()

    async def api(request: HttpRequest) -> Response:
        addresses.see(request)
        return await _answer(service, request)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        webhooks.start()
        ticking = asyncio.create_task(_tick(service, woken))
        yield
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await webhooks.stop()
        world.close()

    desk = Desk(service, Pages())
    controls = Controls(service, webhooks, woken.set)
    routes = [
        *controls.routes(),
        *Dashboard(desk, woken.set).routes(),
        *PortalPages(desk).routes(),
        *InvoicePages(desk).routes(),
        Route("/v1/{rest:path}", api, methods=["GET", "POST", "DELETE"]),
    ]
    return _Droppable(Starlette(routes=routes, lifespan=lifespan))


async def _tick(service: Service, woken: asyncio.Event) -> None:
    """Let due things happen while nobody asks; woken when the clock is moved."""
    while True:
        service.catch_up()
        due = service.agenda.next()
        clock = service.world.clock
        nap = _LONGEST_NAP
        if due is not None and clock.stands_at is None:
            nap = min(_LONGEST_NAP, max(1.0, float(due - clock.now())))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), nap)
        woken.clear()


async def _answer(service: Service, request: HttpRequest) -> Response:
    body = (await request.body()).decode()
    told = request.headers
    reply = await service.answer(
        Request(
            request.method,
            request.url.path,
            request.url.query if request.method == "GET" else body or request.url.query,
            told.get("authorization"),
            told.get("idempotency-key"),
            told.get("stripe-version"),
        )
    )
    if reply.dropped:
        return _Dropped()
    return JSONResponse(reply.body, reply.status, headers=reply.headers)


_CLOSE = "stripe_standin.close_connection"


class _Dropped(Response):
    """Instead of an answer, the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del send
        scope[_CLOSE]()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Droppable:
    """Lets a request be left without an answer.

    ASGI has no word for it, so the server's own connection is asked for: uvicorn's `send` belongs to an object that
    holds it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: Any = getattr(getattr(send, "__self__", None), "transport", None)
        if connection is not None:
            scope[_CLOSE] = connection.abort
        await self._app(scope, receive, send)
