"""The API as an application: its routes, its description, its problem details."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from services.gateway.api import (
    activity,
    agencies,
    agency_export,
    agreements,
    api_keys,
    auto_add_limits,
    docs,
    dry_runs,
    events,
    extension_docs,
    invitation_lists,
    member_actions,
    members,
    money,
    one_member,
    operations,
    plan,
    problems,
    reductions,
    seat_history,
    seat_policies,
    seats,
    sessions,
    sign_in,
    webhooks,
)
from services.gateway.api.request import API
from services.gateway.application.gateway import Gateway

_BODY_BYTES = 64 * 1024
_ABOUT = """Seats for clinics: members, the seats they hold, their purchase, and the agency's activity.

Every write takes an Idempotency-Key: the same key with the same body is done once and answered the same. A write whose
outcome takes longer than five seconds answers 202 with the address of its operation. Rejections are RFC 9457 problem
details with a code, a sentence for people, and the figures. The server itself may refuse any request: 400
malformed_request, 408 request_too_slow, 431 headers_too_large, 503 too_many_connections. Amounts are in minor units
(cents), times in UTC."""


def build_api(gateway: Gateway) -> FastAPI:
    """The API over an application."""
    app = FastAPI(
        title="headcount",
        version="1",
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=_BODY_BYTES,
        # Its records would carry what people typed; the chassis says which fields may be logged. Spans are made only
        # where the process exports them, and `telemetry/exporting.py` says which of their attributes leave it.
        telemetry={
            "tracing": True,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.gateway = gateway
    problems.install(app)
    app.router.routes.extend(_routes())
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Every route. FastAPI derives the parameters of an included route at its first request, once for this list."""
    api = APIRouter(prefix=API)
    for part in (
        agencies,
        agency_export,
        sign_in,
        sessions,
        member_actions,
        members,
        invitation_lists,
        one_member,
        money,
        dry_runs,
        seats,
        auto_add_limits,
        reductions,
        seat_history,
        seat_policies,
        plan,
        agreements,
        api_keys,
        activity,
        operations,
        events,
        webhooks,
    ):
        api.include_router(part.router)
    every = APIRouter()
    for router in (api, docs.router, extension_docs.router):
        every.include_router(router)
    return every.routes
