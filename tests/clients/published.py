"""Validates responses against Stripe's published description; a field that it does not name is a violation."""

import functools
import re
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_SCHEMAS = "#/components/schemas/"
# Each schema is a document of its own, which makes references cheap to follow.
_NAMED = "urn:stripe:"


def strict(schema: object) -> object:
    """Return an OpenAPI 3.0 schema as JSON Schema: `nullable` becomes null, and unnamed fields are forbidden."""
    if isinstance(schema, str):
        return _NAMED + schema.removeprefix(_SCHEMAS) if schema.startswith(_SCHEMAS) else schema
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: strict(value) for name, value in schema.items() if name not in {"nullable", "x-expansionResources"}}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        result["additionalProperties"] = False
    if schema.get("nullable") is True:
        return {"anyOf": [result, {"type": "null"}]}
    return result


class Published:
    """Stripe's description, as a validator of responses."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._well_formed: set[tuple[str, object]] = set()
        self._registry: Registry[Any] = (
            Registry()
            .with_resources(
                (_NAMED + name, DRAFT202012.create_resource(strict(schema)))
                for name, schema in description["components"]["schemas"].items()
            )
            .crawl()
        )
        self._operations = [
            (method.upper(), re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), operation)
            for path, operations in description["paths"].items()
            for method, operation in operations.items()
        ]
        # Fixed paths go before paths with parameters: /invoices/create_preview before /invoices/{invoice}.
        self._operations.sort(key=lambda item: item[1].pattern.count("[^/]+"))

    def complaint_about(self, method: str, path: str, status: int, body: object) -> str | None:
        """Return the violation of a response, or None."""
        operation = self._operation(method, path)
        if operation is None:
            # A path that Stripe does not have: only the error schema applies.
            return self._judge({"$ref": f"{_NAMED}error"}, body)
        responses = operation["responses"]
        schema = responses[str(status) if str(status) in responses else "default"]["content"]["application/json"][
            "schema"
        ]
        return self._judge(strict(schema), body)

    def complaint_about_object(self, thing: dict[str, Any]) -> str | None:
        """Return the violation of an object (such as that of an event), by the schema that its `object` field names."""
        name = f"deleted_{thing['object']}" if thing.get("deleted") else thing["object"]
        return self._judge({"$ref": _NAMED + name}, thing)

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for known_method, pattern, operation in self._operations:
            if known_method == method and pattern.fullmatch(path):
                match: dict[str, Any] = operation
                return match
        return None

    def _judge(self, schema: object, body: object) -> str | None:
        # A validation takes ten milliseconds, and most responses have the form of an earlier one.
        form = (repr(schema), _form_of(body))
        if form in self._well_formed:
            return None
        validator = Draft202012Validator(cast("dict[str, Any]", schema), registry=self._registry)
        worst = best_match(validator.iter_errors(body))
        if worst is None:
            self._well_formed.add(form)
            return None
        return f"{worst.json_path}: {worst.message[:400]}"


_WORD = re.compile(r"[a-z_.]{1,60}")


def _form_of(body: object) -> object:
    """Return the parts of a value that a schema distinguishes: names, types, and words that may be of a closed set."""
    match body:
        case dict():
            return tuple((name, _form_of(body[name])) for name in sorted(body))
        case list():
            return frozenset(_form_of(item) for item in body)
        case str():
            return body if _WORD.fullmatch(body) else str
        case _:
            return type(body)


@functools.cache
def published() -> Published:
    """Return the validator, created once in a run."""
    from tests.support.stripe_mock import published_description

    return Published(published_description())
