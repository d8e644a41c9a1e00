"""The bus described for other programs: AsyncAPI 3, generated from the contracts by FastStream."""

from __future__ import annotations

import json
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from contracts.every_message import every_message
from contracts.stripe_events import StripeEvent
from contracts.topics import RESENDS, STRIPE_EVENTS, TOPICS

Json = dict[str, Any]

_UUID: Json = {"type": "string", "format": "uuid"}
_STRIPE_HEADERS: dict[str, Json] = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string", "description": "The event's id at its sender; the same when it comes again."},
    "ce_type": {"type": "string"},
    "ce_source": {"type": "string", "description": "The sender: /members, /seats, /billing, /gateway, /stripe …"},
    "ce_time": {"type": "string", "format": "date-time"},
    "ce_subject": {"type": "string", "description": "The thing that the event is about, the same as the key."},
    "content-type": {"type": "string", "const": "application/json"},
}
_OUR_HEADERS: dict[str, Json] = {
    **_STRIPE_HEADERS,
    "ce_id": _UUID,
    "ce_subject": {**_UUID, "description": "The agency's id, the same as the key."},
    "ce_sequence": {
        "type": "string",
        "pattern": "^[0-9]+$",
        "description": "Gap-free from 1 for each sender, topic and agency; 0 on a reply, which has none.",
    },
    "ce_causationid": {**_UUID, "description": "The message, task or request that led to this one."},
    "ce_correlationid": {**_UUID, "description": "The command that began it; on a command, its own id."},
    "ce_actor": {
        "type": "string",
        "description": "The causing actor: member:<uuid>, anyone, auto_add, stripe, operator.",
    },
    "ce_seen": {
        "type": "string",
        "contentMediaType": "application/json",
        "description": "How far the sender had handled events: the last number of each service's, by topic.",
    },
    "traceparent": {"type": "string", "description": "The W3C trace context, when there is one."},
}
_OF_THE_CHASSIS = "Services ask each other here to publish messages again. Another program leaves it alone."


def describe() -> str:
    """AsyncAPI 3 as JSON: every topic with its key, every message with its headers, fields and outcomes."""
    broker = KafkaBroker(logger=None)
    for name, model in sorted(every_message().items()):
        broker.publisher(model.topic, title=name, schema=model, description=model.__doc__)
    broker.publisher(STRIPE_EVENTS, title=STRIPE_EVENTS, schema=StripeEvent, description=StripeEvent.__doc__)
    spec = AsyncAPI(
        broker,
        title="headcount",
        version="1",
        description="Commands and events of five services: CloudEvents 1.0 in Kafka's binary mode, keyed by agency.",
        schema_version="3.0.0",
    )
    described: Json = json.loads(spec.to_specification().to_json())
    _add_envelopes(described)
    return json.dumps(described, ensure_ascii=False)


def _add_envelopes(described: Json) -> None:
    """Add what FastStream's publishers take no argument for: headers, keys, outcomes, topics without a message."""
    components = described["components"]
    components["schemas"]["Envelope"] = _headers(_OUR_HEADERS, {"traceparent"})
    components["schemas"]["StripeEnvelope"] = _headers(_STRIPE_HEADERS, set())
    for title, message in components["messages"].items():
        name = title.removesuffix(":Message")
        ours = name != STRIPE_EVENTS
        message["name"] = name
        message["headers"] = {"$ref": f"#/components/schemas/{'Envelope' if ours else 'StripeEnvelope'}"}
        message["bindings"] = {"kafka": {"key": _UUID if ours else {"type": "string"}, "bindingVersion": "0.5.0"}}
        if ours:
            message["correlationId"] = {"location": "$message.header#/ce_correlationid"}
            message["x-outcomes"] = list(every_message()[name].outcomes)
        else:
            del message["correlationId"]
    described_topics = {channel["address"] for channel in described["channels"].values()}
    for topic in TOPICS:
        if topic.name not in described_topics:
            described["channels"][topic.name] = {
                "address": topic.name,
                "description": _OF_THE_CHASSIS if topic.name == RESENDS else "No message is published here yet.",
            }


def _headers(properties: dict[str, Json], optional: set[str]) -> Json:
    return {"type": "object", "properties": properties, "required": sorted(properties.keys() - optional)}
