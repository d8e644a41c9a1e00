"""What the Helm charts render for one of their files of example values, and the objects in it."""

import os
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest

from deploy.local.charts import EXAMPLES, Example, objects, render

needs_helm = pytest.mark.skipif(
    find_spec("helm_python") is None and not os.environ.get("CI"), reason="There is no wheel of Helm for this machine."
)
APPS = [example for example in EXAMPLES if example.release == "headcount"]
BACKING = [example for example in EXAMPLES if example.release == "headcount-backing"]


@cache
def rendered(example: Example) -> str:
    """The YAML of an example."""
    return render(example.release, example.values)


@cache
def parsed(example: Example) -> list[dict[str, Any]]:
    """The objects of an example. They are shared: copy an object before changing it."""
    return objects(rendered(example))


def of_kind(example: Example, kind: str) -> dict[str, dict[str, Any]]:
    """An example's objects of a kind, by their names without that of the release."""
    found = [one for one in parsed(example) if one["kind"] == kind]
    return {one["metadata"]["name"].removeprefix(f"{example.release}-"): one for one in found}


def pods(example: Example) -> dict[str, dict[str, Any]]:
    """The pods of an example's Deployments and Jobs, by their names."""
    made = of_kind(example, "Deployment") | of_kind(example, "Job")
    return {name: one["spec"]["template"]["spec"] for name, one in made.items()}


def environment(pod: dict[str, Any]) -> dict[str, Any]:
    """The variables of a pod's container, each a text or the reference of a secret."""
    [container] = pod["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}
