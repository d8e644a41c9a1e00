"""The gateway's composition root: the only file that reads its settings and constructs its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from fastapi import FastAPI

from chassis.actor import Definition
from contracts.gateway import GatewayAgencyParked
from contracts.message import CommandRejected
from contracts.vocabulary import Service
from database.postgres import connect
from hosting.process import Process
from services.gateway.api.app import build_api
from services.gateway.api.cors import CorsMiddleware
from services.gateway.api.problems import refusal
from services.gateway.api.security_middleware import SecurityMiddleware
from services.gateway.application.activity_sealing import SEAL_LOGS
from services.gateway.application.agreements import CURRENT_TEXTS, BaaTexts
from services.gateway.application.gateway import Gateway
from services.gateway.application.ports import Chassis, Listen, Publish, Stalled
from services.gateway.domain.audience import Audience
from services.gateway.model.changes import AgencyChanges
from services.gateway.pages.site import add_pages
from services.gateway.projection.table import HANDLERS
from services.gateway.settings import Settings
from services.gateway.store import erasures as store_erasures
from services.gateway.store.gateway_store import GatewayStore
from services.gateway.store.gauges import measure_operations
from webserver.bounds import HttpBounds
from webserver.client_address import network_of
from webserver.server import Listener

log = structlog.get_logger(__name__)

MEASURES = (measure_operations,)
"""The gateway's own gauges, read at each scrape."""
Extend = Callable[[FastAPI, Gateway], None]
"""Adds routes to the application: the pages."""


def definition() -> Definition[AgencyChanges]:
    """The gateway as the chassis runs it. It handles no commands, and therefore rejects none."""
    return Definition(
        service=Service.GATEWAY,
        store=GatewayStore(),
        forget=store_erasures.forget,
        jobs=(SEAL_LOGS,),
        handlers=HANDLERS,
        rejection=CommandRejected,
        parked=GatewayAgencyParked,
    )


class GatewayHttp:
    """The gateway's ASGI application, as the public reaches it, and the tasks that run beside it."""

    def __init__(self, gateway: Gateway, app: FastAPI) -> None:
        self.gateway = gateway
        self.app = app
        apart = gateway.settings.operator_port is not None
        guarded = self.edge(Audience.PUBLIC if apart else Audience.EVERYBODY)
        self._edge = CorsMiddleware(guarded, gateway.settings.cors_origins)
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI
        """ASGI."""
        await self._edge(scope, receive, send)

    def edge(self, audience: Audience) -> SecurityMiddleware:
        """The application as an audience reaches it."""
        settings = self.gateway.settings
        page = getattr(self.app.state, "bad_origin_page", None)
        return SecurityMiddleware(
            self.app,
            settings.public_url,
            settings.proxies,
            self.gateway.security,
            audience,
            page,
            self.gateway.operations.bus_is_away,
        )

    def start(self, stopping: asyncio.Event | None = None) -> None:
        """Start the background tasks. They run until `stop`, or until the event is set."""
        self._running = asyncio.create_task(self._run(stopping or asyncio.Event()), name="gateway")

    async def stop(self) -> None:
        """Cancel the background tasks; the streams of open pages end with them."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, stopping: asyncio.Event) -> None:
        running = asyncio.create_task(self.gateway.run())
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait([running, stop], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Streams end now: the server would wait for them in vain.
            self.gateway.listener.close()
            stop.cancel()
            running.cancel()
            if (fault := _fault_of(await asyncio.gather(running, return_exceptions=True))) is not None:
                log.error("gateway.background_failed", error=type(fault).__name__)
                # Without these tasks no code is mailed and no request is woken: the process ends, and is started again.
                stopping.set()


def _fault_of(outcomes: Sequence[BaseException | None]) -> BaseException | None:
    return next((outcome for outcome in outcomes if isinstance(outcome, Exception)), None)


def build_http(
    chassis: Chassis,
    settings: Settings,
    *,
    publish: Publish,
    stalled: Stalled,
    listen: Listen,
    extend: Extend = add_pages,
    baa: BaaTexts = CURRENT_TEXTS,
) -> GatewayHttp:
    """The gateway's HTTP over a runtime. `start` it before the first request. `baa`: the texts that can be signed."""
    gateway = Gateway(chassis, settings, publish, stalled, listen, baa)
    app = build_api(gateway)
    extend(app, gateway)
    return GatewayHttp(gateway, app)


def build(settings: Settings) -> Definition[AgencyChanges]:  # noqa: ARG001  there is nothing to choose
    """The gateway for its process."""
    return definition()


def http(process: Process) -> list[Listener]:
    """The gateway's listeners in its process: the public's, and the operator's if it has one."""
    settings = process.settings
    if not isinstance(settings, Settings):
        raise TypeError("the gateway's process needs the gateway's settings")
    served = build_http(
        process.runtime,
        settings,
        publish=process.publish,
        stalled=process.relay.stalled_for,
        listen=lambda: connect(settings.dsn(Service.GATEWAY), Service.GATEWAY),
    )
    served.start(process.stopping)
    log.info("gateway.trusted_proxies", proxies=settings.trusted_proxies, hops=settings.proxy_hops)
    return listeners(served, settings)


def listeners(served: GatewayHttp, settings: Settings) -> list[Listener]:
    """The gateway's listeners beside that of its probes."""
    proxies = settings.proxies

    def counted_as(host: str) -> str | None:
        # Behind a proxy's connections are any number of clients.
        return None if proxies.includes(host) else network_of(host)

    bounds = HttpBounds(connections=settings.connections, connections_per_network=settings.connections_per_network)
    public = Listener("public", served, settings.host, settings.port, bounds, counted_as, refusal)
    if settings.operator_port is None:
        return [public]
    host = settings.operator_host or settings.host
    edge = served.edge(Audience.OPERATOR)
    return [public, Listener("operator", edge, host, settings.operator_port, bounds, counted_as, refusal)]
