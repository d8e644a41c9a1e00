"""The gateway put together: the only place that reads its settings and picks what it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from fastapi import FastAPI

from chassis.actor import Definition
from chassis.postgres import connect
from chassis.process import Process
from contracts.message import CommandRejected
from contracts.vocabulary import Service
from services.gateway.api.app import build_api
from services.gateway.api.security_middleware import Asgi, SecurityMiddleware
from services.gateway.application.gateway import Gateway
from services.gateway.application.ports import Chassis, Listen, Publish, Stalled
from services.gateway.model.changes import AgencyChanges
from services.gateway.pages.site import add_pages
from services.gateway.projection.table import HANDLERS
from services.gateway.settings import Settings
from services.gateway.store.gateway_store import GatewayStore

log = structlog.get_logger(__name__)

Extend = Callable[[FastAPI, Gateway], None]
"""Adds routes to the application: the pages."""


def definition() -> Definition[AgencyChanges]:
    """The gateway as the chassis sees it. It takes no commands, so it refuses none."""
    return Definition(service=Service.GATEWAY, store=GatewayStore(), handlers=HANDLERS, rejection=CommandRejected)


class GatewayHttp:
    """The gateway's HTTP: an ASGI application, and what runs beside it."""

    def __init__(self, gateway: Gateway, app: FastAPI, probes: Asgi | None) -> None:
        self.gateway = gateway
        self.app = app
        self._edge = SecurityMiddleware(app, probes, gateway.settings.public_url)
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI
        """ASGI."""
        await self._edge(scope, receive, send)

    def start(self, stopping: asyncio.Event | None = None) -> None:
        """Begin to listen for what is projected and to order code mails; until `stop`, or until the event is set."""
        self._running = asyncio.create_task(self._run(stopping or asyncio.Event()), name="gateway")

    async def stop(self) -> None:
        """End that, and every open page's stream."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, stopping: asyncio.Event) -> None:
        running = asyncio.create_task(self.gateway.run())
        told = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait([running, told], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Streams end now, so that the server's last requests are not waited for in vain.
            self.gateway.listener.close()
            told.cancel()
            running.cancel()
            if (fault := _fault_of(await asyncio.gather(running, return_exceptions=True))) is not None:
                log.error("gateway.background_failed", error=type(fault).__name__)
                # Without it no code is mailed and nobody is woken: better started anew than half alive.
                stopping.set()


def _fault_of(outcomes: Sequence[BaseException | None]) -> BaseException | None:
    return next((one for one in outcomes if isinstance(one, Exception)), None)


def build_http(
    chassis: Chassis,
    settings: Settings,
    *,
    publish: Publish,
    stalled: Stalled,
    listen: Listen,
    probes: Asgi | None = None,
    extend: Extend = add_pages,
) -> GatewayHttp:
    """The gateway's HTTP over a chassis. `start` it before it is asked anything."""
    gateway = Gateway(chassis, settings, publish, stalled, listen)
    app = build_api(gateway)
    extend(app, gateway)
    return GatewayHttp(gateway, app, probes)


def build(settings: Settings) -> Definition[AgencyChanges]:  # noqa: ARG001  there is nothing to choose
    """The gateway as its process runs it."""
    return definition()


def http(process: Process) -> GatewayHttp:
    """The gateway's HTTP as part of its process: it ends when the process does."""
    settings = process.settings
    if not isinstance(settings, Settings):
        raise TypeError("the gateway's process needs the gateway's settings")
    served = build_http(
        process.runtime,
        settings,
        publish=process.publish,
        stalled=process.relay.stalled_for,
        listen=lambda: connect(settings.dsn(Service.GATEWAY), Service.GATEWAY),
        probes=process.probes(),
    )
    served.start(process.stopping)
    return served
