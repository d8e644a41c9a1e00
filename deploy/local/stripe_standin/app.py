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
from deploy.local.stripe_standin.faults import Faults
from deploy.local.stripe_standin.invoice_pages import InvoicePages
from deploy.local.stripe_standin.journal import Journal
from deploy.local.stripe_standin.page_router import PageRouter
from deploy.local.stripe_standin.pages import Pages
from deploy.local.stripe_standin.portal_pages import PortalPages
from deploy.local.stripe_standin.service import Request, Service, Throttle
from deploy.local.stripe_standin.webhooks import Webhooks
from deploy.local.stripe_standin.world import World

# The limit of Stripe's live mode.
LIVE_REQUESTS_PER_SECOND = 100.0
_LONGEST_SLEEP = 3600.0


class _Addresses:
    """Full addresses of the stand-in's pages: under the public address, or else under that of the last request."""

    def __init__(self, public: str | None) -> None:
        self._fixed = public
        self._last = public or "http://127.0.0.1"

    def note(self, request: HttpRequest) -> None:
        if self._fixed is None:
            self._last = str(request.base_url)

    def __call__(self, path: str) -> str:
        return self._last.rstrip("/") + path


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

    Without `state_path` the state is lost at exit. `webhook_url` gets the events (None: they are only listed).
    `public_url` is the address of the pages, if it differs from that of the requests. `wall` returns the real time.
    """
    addresses = _Addresses(public_url)
    world = World(Journal(state_path), Clock(wall))
    throttle = Throttle()
    throttle.limit_to(requests_per_second)
    service = Service(world, Faults(wall), throttle, addresses)
    webhooks = Webhooks(world, webhook_url, webhook_secret)
    wake = asyncio.Event()

    async def api(request: HttpRequest) -> Response:
        addresses.note(request)
        return await _answer(service, request)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        webhooks.start()
        ticking = asyncio.create_task(_tick(service, wake))
        yield
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await webhooks.stop()
        world.close()

    router = PageRouter(service, Pages())
    controls = Controls(service, webhooks, wake.set)
    routes = [
        *controls.routes(),
        *Dashboard(router, wake.set).routes(),
        *PortalPages(router).routes(),
        *InvoicePages(router).routes(),
        Route("/v1/{rest:path}", api, methods=["GET", "POST", "DELETE"]),
    ]
    return _Droppable(Starlette(routes=routes, lifespan=lifespan))


async def _tick(service: Service, wake: asyncio.Event) -> None:
    """Process renewals and retries when they are due, without a request. `wake` is set when the clock is moved."""
    while True:
        service.catch_up()
        due = service.agenda.next()
        clock = service.world.clock
        seconds = _LONGEST_SLEEP
        if due is not None and clock.stands_at is None:
            seconds = min(_LONGEST_SLEEP, max(1.0, float(due - clock.now())))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds)
        wake.clear()


async def _answer(service: Service, request: HttpRequest) -> Response:
    body = (await request.body()).decode()
    headers = request.headers
    reply = await service.answer(
        Request(
            request.method,
            request.url.path,
            request.url.query if request.method == "GET" else body or request.url.query,
            headers.get("authorization"),
            headers.get("idempotency-key"),
            headers.get("stripe-version"),
        )
    )
    if reply.dropped:
        return _Dropped()
    return JSONResponse(reply.body, reply.status, headers=reply.headers)


_CLOSE = "stripe_standin.close_connection"


class _Dropped(Response):
    """Closes the connection instead of sending a response."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del send
        scope[_CLOSE]()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Droppable:
    """Lets a request end without a response.

    ASGI has no message for that, so the connection is taken from uvicorn: its `send` belongs to an object that holds
    the transport.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: Any = getattr(getattr(send, "__self__", None), "transport", None)
        if connection is not None:
            scope[_CLOSE] = connection.abort
        await self._app(scope, receive, send)
