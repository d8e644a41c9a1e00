"""Every message has a largest size: whatever a message lists, maps or quotes has a bound in its contract."""

from collections.abc import Iterator
from typing import Any

import pytest

from contracts.every_message import every_message
from contracts.rejection_base import FIGURES_MAX
from contracts.topics import MESSAGE_BYTES

Schema = dict[str, Any]
_SHORT = {"maxLength", "enum", "const", "format", "pattern"}


def unbounded(node: Schema, defs: Schema, path: str) -> Iterator[str]:
    """The places of a JSON schema without a bound. A rejection's figures have theirs in `read_rejection`."""
    if path.endswith(".figures"):
        return
    if "$ref" in node:
        yield from unbounded(defs[node["$ref"].rpartition("/")[2]], defs, path)
    for alternative in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from unbounded(alternative, defs, path)
    match node.get("type"):
        case "string" if not _SHORT & node.keys():
            yield f"{path}: a string without max_length"
        case "array":
            if "maxItems" not in node:
                yield f"{path}: a list without max_length"
            yield from unbounded(node["items"], defs, f"{path}[]")
        case "object":
            if node.get("additionalProperties", False) is not False and "maxProperties" not in node:
                yield f"{path}: a mapping without max_length"
            for name, field in node.get("properties", {}).items():
                yield from unbounded(field, defs, f"{path}.{name}")


def largest(node: Schema, defs: Schema, name: str = "") -> int:
    """The most characters that a value of this schema has as JSON."""
    if name == "figures":
        return FIGURES_MAX
    if "$ref" in node:
        return largest(defs[node["$ref"].rpartition("/")[2]], defs)
    if alternatives := (*node.get("anyOf", ()), *node.get("oneOf", ())):
        return max(largest(alternative, defs) for alternative in alternatives)
    match node.get("type"):
        case "array":
            return int(node["maxItems"]) * (largest(node["items"], defs) + 1)
        case "object":
            return sum(len(key) + 4 + largest(field, defs, key) for key, field in node.get("properties", {}).items())
        case _:
            return int(node.get("maxLength", 60))


@pytest.mark.parametrize("name", sorted(every_message()))
def test_whatever_a_message_lists_maps_or_quotes_has_a_bound(name: str) -> None:
    schema = every_message()[name].model_json_schema()
    found = list(unbounded(schema, schema.get("$defs", {}), name))
    assert not found, f"{found}: give it a max_length, or publish counts and an event for each."


@pytest.mark.parametrize("name", sorted(every_message()))
def test_the_largest_message_of_a_type_can_be_published(name: str) -> None:
    schema = every_message()[name].model_json_schema()
    assert largest(schema, schema.get("$defs", {})) < MESSAGE_BYTES
