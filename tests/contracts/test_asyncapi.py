"""The AsyncAPI description covers every topic, message and field of the contracts."""

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import BaseModel

from contracts.every_message import every_message
from contracts.stripe_events import StripeEvent
from contracts.topics import STRIPE_EVENTS, TOPICS
from services.cli.asyncapi_document import describe
from tests.contracts.golden import golden, models

Json = dict[str, Any]


@pytest.fixture(scope="module")
def described() -> Json:
    document: Json = json.loads(describe())
    return document


def message_of(described: Json, name: str) -> Json:
    message: Json = described["components"]["messages"][f"{name}:Message"]
    return message


def schema_at(described: Json, reference: str) -> Json:
    """The schema that a reference leads to, able to follow its own references."""
    found: Any = described
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return {**found, "components": described["components"]}


def test_it_is_asyncapi_3(described: Json) -> None:
    assert described["asyncapi"].startswith("3.")


def test_every_topic_is_described_and_no_other(described: Json) -> None:
    assert {channel["address"] for channel in described["channels"].values()} == {topic.name for topic in TOPICS}


@pytest.mark.parametrize("name", sorted(models()))
def test_every_message_stands_on_its_topic(described: Json, name: str) -> None:
    channel = described["channels"][name]
    assert channel["address"] == golden(name).topic
    assert [part["$ref"] for part in channel["messages"].values()] == [f"#/components/messages/{name}:Message"]


@pytest.mark.parametrize(("name", "model"), sorted(models().items()))
def test_every_field_of_a_message_is_described(described: Json, name: str, model: type[BaseModel]) -> None:
    payload = schema_at(described, message_of(described, name)["payload"]["$ref"])
    assert payload["properties"].keys() == model.model_fields.keys()
    Draft7Validator(payload).validate(golden(name).data)
    Draft7Validator(payload).validate(golden(name).least)


@pytest.mark.parametrize("name", sorted(every_message()))
def test_the_headers_and_outcomes_of_a_message_are_described(described: Json, name: str) -> None:
    message, published = message_of(described, name), golden(name)
    headers = schema_at(described, message["headers"]["$ref"])
    assert published.headers is not None
    assert published.headers.keys() | {"traceparent"} == headers["properties"].keys()
    assert set(headers["required"]) == headers["properties"].keys() - {"traceparent"}
    Draft7Validator(headers).validate(published.headers)
    assert message["x-outcomes"] == published.outcomes
    assert message["bindings"]["kafka"]["key"]["format"] == "uuid"


def test_the_events_of_stripe_are_keyed_by_customer_and_have_no_number(described: Json) -> None:
    message = message_of(described, STRIPE_EVENTS)
    headers = schema_at(described, message["headers"]["$ref"])
    assert "ce_sequence" not in headers["properties"]
    assert "format" not in message["bindings"]["kafka"]["key"]
    assert "correlationId" not in message


def test_every_message_has_a_description(described: Json) -> None:
    published = {name: described["channels"][name]["description"] for name in models()}
    assert published == {name: model.__doc__ for name, model in {**every_message(), STRIPE_EVENTS: StripeEvent}.items()}
