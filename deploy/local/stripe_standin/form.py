"""Parses Stripe's form encoding, which writes nested objects flat: `items[0][price]=x`."""

import re
from urllib.parse import parse_qsl

from deploy.local.stripe_standin.errors import bad_parameter

Raw = str | dict[str, "Raw"]
_NAME = re.compile(r"^(?P<head>[^\[\]]+)(?P<rest>(?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_form(encoded: str) -> dict[str, Raw]:
    """Return the parameters as a tree; a list is a node whose keys are its indexes.

    Raises a 400 where a name is malformed or is used both as a value and as a container.
    """
    tree: dict[str, Raw] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        match = _NAME.match(name)
        if match is None:
            raise bad_parameter(f"Invalid parameter name: {name}", param=name, code="parameter_unknown")
        path = [match["head"], *_PART.findall(match["rest"])]
        _put(tree, path, value, name)
    return tree


def _put(tree: dict[str, Raw], path: list[str], value: str, name: str) -> None:
    node = tree
    for part in path[:-1]:
        below = node.setdefault(part or str(len(node)), {})
        if isinstance(below, str):
            raise bad_parameter(f"Invalid object: {name}", param=name, code="parameter_invalid_empty")
        node = below
    node[path[-1] or str(len(node))] = value
