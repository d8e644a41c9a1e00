"""The bus described for other programs: AsyncAPI 3, generated from the contracts by FastStream."""

from __future__ import annotations

import importlib

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from contracts.billing import StripeEvent
from contracts.message import known_messages
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import Service


def describe() -> str:
    """Every message of every topic, as JSON."""
    for service in Service:
        importlib.import_module(f"contracts.{service}")
    broker = KafkaBroker(logger=None)
    for name, model in sorted(known_messages().items()):
        broker.publisher(model.topic, title=name, schema=model, description=model.__doc__)
    broker.publisher(STRIPE_EVENTS, title=STRIPE_EVENTS, schema=StripeEvent, description=StripeEvent.__doc__)
    spec = AsyncAPI(
        broker,
        title="headcount",
        version="1",
        description="Orders and facts of five services: CloudEvents 1.0 in binary mode, keyed by agency.",
        schema_version="3.0.0",
    )
    return spec.to_specification().to_json()
