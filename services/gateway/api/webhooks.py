"""The webhook that Stripe sends its events to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import problems
from services.gateway.api.request import App, CallerOf
from services.gateway.application.security_log import SecurityEvent
from services.gateway.domain.gateway_codes import BAD_SIGNATURE, REQUEST_TOO_LARGE

router = APIRouter(tags=["Webhooks"])
_EVENT_BYTES = 1024 * 1024
"""Stripe's events carry whole invoices."""


@router.post(
    "/webhooks/stripe",
    max_body_size=_EVENT_BYTES,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}},
    responses=problems(BAD_SIGNATURE, RejectionCode.INVALID_REQUEST, REQUEST_TOO_LARGE),
)
async def take_event(
    request: Request,
    app: App,
    caller: CallerOf,
    signature: Annotated[str, Header(alias="Stripe-Signature", max_length=4096)] = "",
) -> Response:
    """Take an event from Stripe. Its signature is checked, and it is acknowledged only once it is on the bus."""
    body = await request.body()
    with app.security.noting(SecurityEvent.WEBHOOK_SIGNATURE, caller.network, BAD_SIGNATURE):
        await app.webhooks.take(body, signature)
    return Response(status_code=200)
