"""The charts are what Helm and Kubernetes take, their values are described, and the plain YAML is what they render."""

import copy
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_validate.utils import ValidationError, validate

from deploy.local.charts import CHARTS, DEPLOY, EXAMPLES, Example, findings, render, written
from tests.support.rendered import APPS, needs_helm, parsed

pytestmark = needs_helm
CUSTOM = {
    "Cluster": "postgresql.cnpg.io",
    "KafkaTopic": "kafka.strimzi.io",
    "KafkaUser": "kafka.strimzi.io",
    "PodMonitor": "monitoring.coreos.com",
    "ScaledObject": "keda.sh",
    "TriggerAuthentication": "keda.sh",
}
"""The kinds of the operators, which Kubernetes's own schemas do not have."""
KUBERNETES = ("1.30", "1.37")
"""The oldest release that the charts take, and the newest with a schema here."""


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_helm_finds_no_fault_in_a_chart(example: Example) -> None:
    assert findings(example.release, example.values) == []


def test_the_written_files_are_what_the_charts_render_now() -> None:
    stale = [str(path) for path, content in written() if not path.exists() or path.read_text() != content]
    assert stale == [], "python -m deploy.local.charts write"
    assert set((DEPLOY / "kubernetes").iterdir()) == {example.plain for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_object_fits_the_schema_of_kubernetes(example: Example) -> None:
    for one in parsed(example):
        if one["kind"] in CUSTOM:
            assert one["apiVersion"].split("/")[0] == CUSTOM[one["kind"]]
            continue
        for version in KUBERNETES:
            validate(one, version, strict=True)


def test_the_schema_check_sees_a_field_that_does_not_exist() -> None:
    deployment = copy.deepcopy(next(one for one in parsed(APPS[0]) if one["kind"] == "Deployment"))
    deployment["spec"]["template"]["spec"]["terminationGrace"] = 40
    with pytest.raises(ValidationError):
        validate(deployment, KUBERNETES[0], strict=True)


def properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each value that a schema names, with its path."""
    for name, value in schema.get("properties", {}).items():
        yield f"{path}{name}", value
        yield from properties(value, f"{path}{name}.")


def defaults(values: dict[str, Any], schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """The path of each default value, as far down as the schema goes."""
    for name, value in values.items():
        yield f"{path}{name}"
        if isinstance(value, dict) and (inner := schema.get("properties", {}).get(name)) and "properties" in inner:
            yield from defaults(value, inner, f"{path}{name}.")


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_every_value_is_described_and_has_a_default(chart: Path) -> None:
    schema = json.loads((chart / "values.schema.json").read_text())
    described = dict(properties(schema))
    assert [path for path, value in described.items() if not value.get("description", "").endswith(".")] == []
    values = yaml.safe_load((chart / "values.yaml").read_text())
    quantities = re.compile(r"\.(requests|limits)\.(cpu|memory)$")
    named = {path for path in described if not quantities.search(path)}
    assert {path for path in defaults(values, schema) if not quantities.search(path)} == named


def changed(values: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The same values, with another one at a path."""
    changed_values = copy.deepcopy(values)
    *folders, last = path.split(".")
    inner = changed_values
    for folder in folders:
        inner = inner.setdefault(folder, {})
    inner[last] = value
    return changed_values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image.digest", ""),
        ("image.digest", "latest"),
        ("publicUrl", ""),
        ("publicUrl", "https://seats.example/app"),
        ("postgres.url", ""),
        ("kafka.bootstrap", ""),
        ("kafka.security", "TLS"),
        ("mail.host", ""),
        ("ingress.trustedProxies", []),
        ("ingress.trustedProxies", ["10.0.0.1"]),
        ("services.seats.replicas", 25),
        ("scaling.keda.maxReplicas", 25),
        ("settings.DATABASE_URL", "x"),
        ("replicaCount", 2),
    ],
)
def test_a_value_that_is_missing_or_wrong_ends_helm_with_a_sentence_that_names_it(path: str, value: object) -> None:
    from helm_python import HelmError

    [example] = [one for one in APPS if one.values_file.stem == "plain"]
    with pytest.raises(HelmError) as refused:
        render(example.release, changed(example.values, path, value))
    assert path.rsplit(".", maxsplit=1)[-1] in str(refused.value)


def test_each_check_that_checkov_skips_has_its_reason() -> None:
    text = (DEPLOY / "checkov.yaml").read_text()
    lines = text.partition("skip-check:\n")[2].splitlines()
    assert [line for line in lines if not line.startswith("  - CKV")] == [
        line for line in lines if line.startswith("  # ")
    ]
    for before, line in itertools.pairwise(lines):
        assert line.startswith("  # ") or before.startswith("  # ")
