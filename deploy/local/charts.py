"""The Helm charts of `deploy/`, rendered by Helm's own engine from the wheel `helm-python-sdk`, without a cluster.

`python -m deploy.local.charts write` writes what the charts read from the contracts, `deploy/backing/files/kafka.json`,
and what they render for each file of example values: plain YAML under `deploy/kubernetes/`, for people without Helm.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contracts.topics import PARTITIONS, TOPICS
from contracts.vocabulary import Service
from deploy.local.paths import REPOSITORY
from services.cli.access_lists import grants
from transport.topics import settings_of

DEPLOY = REPOSITORY / "deploy"
CHARTS = {"headcount": DEPLOY / "chart", "headcount-backing": DEPLOY / "backing"}
BUS = CHARTS["headcount-backing"] / "files" / "kafka.json"
PLAIN = DEPLOY / "kubernetes"
NAMESPACE = "headcount"
_HEADER = "# Written by `python -m deploy.local.charts write`; change {} instead.\n"


@dataclass(frozen=True)
class Example:
    """A chart with one of its files of example values, `ci/*.yaml`."""

    release: str
    values_file: Path

    @property
    def values(self) -> dict[str, Any]:
        """The values that differ from the chart's own."""
        values: dict[str, Any] = yaml.safe_load(self.values_file.read_text())
        return values

    @property
    def plain(self) -> Path:
        """The file with what is rendered."""
        return PLAIN / f"{self.release}-{self.values_file.stem}.yaml"

    def __str__(self) -> str:
        return self.plain.stem


EXAMPLES = [Example(name, path) for name, chart in CHARTS.items() for path in sorted((chart / "ci").glob("*.yaml"))]


def bus() -> str:
    """The topics, and the rights of each service and of the operator, as the chart reads them."""
    users: dict[str, list[dict[str, Any]]] = {name: [] for name in (*Service, "operator")}
    for grant in grants("{service}", "operator"):
        users[grant.principal].append({"kind": grant.kind, "name": grant.name, "operations": list(grant.operations)})
    # How many copies must have a record follows from the number of copies, which is one of the chart's values.
    settings = {name: value for name, value in settings_of(1).items() if name != "min.insync.replicas"}
    content = {
        "topics": [topic.name for topic in TOPICS],
        "partitions": PARTITIONS,
        "settings": settings,
        "users": users,
    }
    return json.dumps(content, indent=1) + "\n"


def render(release: str, values: dict[str, Any]) -> str:
    """All objects of a release, in the order of their templates. HelmError if the values or a template are wrong."""
    import helm_python as helm  # loads Helm, 85 MB

    with helm.Chart.load(CHARTS[release]) as chart:
        chart.validate_schema(values)
        rendered = chart.render(values, name=release, namespace=NAMESPACE, is_install=True)
    return "".join(
        f"---\n{text.strip().removeprefix('---').strip()}\n"
        for name, text in sorted(rendered.items())
        if name.endswith(".yaml") and text.strip()
    )


def objects(manifests: str) -> list[dict[str, Any]]:
    """The objects of rendered YAML."""
    return [one for one in yaml.load_all(manifests, yaml.CSafeLoader) if one]


def findings(release: str, values: dict[str, Any]) -> list[str]:
    """Warnings and errors of `helm lint`."""
    import helm_python as helm

    report = helm.lint(CHARTS[release], values, namespace=NAMESPACE, strict=True)
    return [f"{found['path']}: {found['error']}" for found in report["messages"] if found["severity"] > 1]


def written() -> Iterator[tuple[Path, str]]:
    """Each file that the command writes, with its content."""
    yield BUS, bus()
    for example in EXAMPLES:
        source = example.values_file.relative_to(REPOSITORY)
        yield example.plain, _HEADER.format(source) + render(example.release, example.values)


def main(task: str) -> int:
    """`write` writes the files. Anything else is refused."""
    if task != "write":
        print(__doc__, file=sys.stderr)
        return 2
    BUS.parent.mkdir(exist_ok=True)
    for path, content in written():
        path.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
