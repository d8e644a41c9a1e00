"""The golden files: messages as they are on the bus, written by hand. golden/README.md explains a failing test."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel

from contracts.every_message import every_message
from contracts.stripe_events import StripeEvent
from contracts.topics import STRIPE_EVENTS

FOLDER = Path(__file__).with_name("golden")


@dataclass(frozen=True)
class Golden:
    """One file. `least` is `data` without the fields that a sender may leave out. Stripe events have no envelope."""

    name: str
    topic: str
    outcomes: list[str]
    key: str
    data: dict[str, Any]
    least: dict[str, Any]
    headers: dict[str, str] | None = None


def golden(name: str) -> Golden:
    """The golden file of a type of message."""
    return Golden(name, **json.loads((FOLDER / f"{name}.json").read_text()))


def has_golden(name: str) -> bool:
    """Whether the message type has a golden file."""
    return (FOLDER / f"{name}.json").is_file()


def golden_names() -> set[str]:
    """The types that have a golden file."""
    return {path.name.removesuffix(".json") for path in FOLDER.glob("*.json")} - {"vocabulary", "rejections"}


def models() -> dict[str, type[BaseModel]]:
    """The models with a golden file: every message, and the Stripe event."""
    return {**every_message(), STRIPE_EVENTS: StripeEvent}


def exactly(value: object) -> str:
    """JSON text that differs when two values differ: 1, 1.0 and true are three values."""
    return json.dumps(value, sort_keys=True)


def inner(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  an annotation is any
    """The model inside an annotation: of `Seats`, `Invoice | None`, `tuple[Waiter, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = [inner(part) for part in get_args(annotation) if part not in {NoneType, Ellipsis}]
    return next((model for model in inside if model is not None), None)


def required_only(model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """The data without every field that has a default in today's model."""
    least: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            inside = inner(field.annotation)
            match data[name]:
                case dict() as value if inside is not None:
                    least[name] = required_only(inside, value)
                case list() as many if inside is not None:
                    least[name] = [required_only(inside, item) for item in many]
                case value:
                    least[name] = value
    return least


def hidden_fields(model: type[BaseModel], data: dict[str, Any], path: str = "") -> Iterator[str]:
    """The fields of today's model that are absent or null in the data, so that a change to them would go unnoticed."""
    for name, field in model.model_fields.items():
        value = data.get(name)
        inside = inner(field.annotation)
        if value in (None, [], {}):
            yield path + name
        elif inside is not None:
            for item in value if isinstance(value, list) else [value]:
                yield from hidden_fields(inside, item, f"{path}{name}.")


def with_more(data: dict[str, Any]) -> dict[str, Any]:
    """The data as a later version may publish it, with an unknown field in each object."""

    def more(value: Any) -> Any:  # noqa: ANN401  any JSON
        match value:
            case dict():
                return {**{name: more(item) for name, item in value.items()}, "added_later": {"deep": [1]}}
            case list():
                return [more(element) for element in value]
            case _:
                return value

    later: dict[str, Any] = more(data)
    return later


def closed_sets(name: str, model: type[BaseModel]) -> dict[str, list[str]]:
    """The closed sets that a model's data is drawn from: enums by their name, others by type and field."""
    schema = model.model_json_schema()
    named = {title: part["enum"] for title, part in schema.get("$defs", {}).items() if "enum" in part}
    own = {f"{name} {field}": part["enum"] for field, part in schema["properties"].items() if "enum" in part}
    return named | own
