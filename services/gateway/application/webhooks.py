"""Stripe's webhooks: the signature is checked, the event is put on the bus, and only then Stripe gets 200."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from chassis.clock import Clock
from contracts.stripe_events import StripeEvent, replaced_quantities
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import RejectionCode
from services.gateway.application.ports import Publish
from services.gateway.domain.gateway_codes import BAD_SIGNATURE
from services.gateway.domain.webhook_signature import is_stripes
from services.gateway.model.rejected import RejectedError
from services.gateway.texts.fields import NO_STRIPE_EVENT
from transport.records import Outgoing

_PATIENCE_SECONDS = 8.0
"""Stripe waits a little longer for a response, and delivers the event again after a 503."""


class Webhooks:
    """Puts Stripe's events on the bus."""

    def __init__(self, secrets: Sequence[str], publish: Publish, clock: Clock) -> None:
        self._secrets = secrets
        self._publish = publish
        self._clock = clock

    async def take(self, body: bytes, signature: str) -> None:
        """Put a genuine event on the bus. RejectedError `bad_signature`, `invalid_request` or `bus_unavailable`."""
        if not is_stripes(signature, body, self._secrets, self._clock()):
            raise RejectedError(BAD_SIGNATURE)
        event = _read(body)
        if event is None:
            return
        headers = {
            "ce_specversion": "1.0",
            "ce_id": event.event_id,
            "ce_type": "stripe.event.v1",
            "ce_source": "/stripe",
            "ce_time": event.created.isoformat(),
            "ce_subject": event.customer_id,
            "content-type": "application/json",
        }
        record = Outgoing(
            topic=STRIPE_EVENTS,
            key=event.customer_id.encode(),
            value=event.model_dump_json().encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                acknowledged = await self._publish(record)
        except TimeoutError:
            acknowledged = False
        if not acknowledged:
            raise RejectedError(RejectionCode.BUS_UNAVAILABLE)


def _read(body: bytes) -> StripeEvent | None:
    """The event as it goes on the bus; None when it is about no customer, so that no service handles it."""
    try:
        event = orjson.loads(body)
        subject: Mapping[str, Any] = event["data"]["object"]
        previous: Mapping[str, Any] = event["data"].get("previous_attributes") or {}
        customer = subject["id"] if subject.get("object") == "customer" else subject.get("customer")
        # A card that was detached names the customer that had it only there.
        customer = customer or previous.get("customer")
        if isinstance(customer, Mapping):
            customer = customer["id"]
        if customer is None:
            return None
        return StripeEvent(
            event_id=event["id"],
            type=event["type"],
            customer_id=customer,
            object_id=subject.get("id"),
            idempotency_key=_key_of(event.get("request")),
            created=datetime.fromtimestamp(event["created"], UTC),
            replaced=replaced_quantities(previous),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, ValidationError) as wrong:
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors={"body": NO_STRIPE_EVENT}) from wrong


def _key_of(request: object) -> str | None:
    """The idempotency key of the request behind the event. Events of old API versions name only the request's id."""
    return request.get("idempotency_key") if isinstance(request, Mapping) else None
