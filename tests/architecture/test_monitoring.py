"""The alert rules and the dashboard name metrics and labels that exist, and each alert has its part of the runbook."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

import deploy
from deploy.monitoring.dashboard import FILE, dashboard
from deploy.monitoring.panels import PANELS
from services.gateway.application.security_log import SecurityEvent
from tests.support.packages import SHIPPED

HERE = Path(deploy.__file__).parent / "monitoring"
REPOSITORY = HERE.parent.parent
GROUPS = yaml.safe_load((HERE / "alerts.yaml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
SHOWN = [expression for row in PANELS.values() for panel in row for expression in panel.expressions.values()]
EXPRESSIONS = [rule["expr"] for rule in RULES] + SHOWN
OF_PROMETHEUS = {"job", "instance", "le"}
SELECTOR = re.compile(r"\b(headcount_\w+)(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\b(?:by|on) \(([^)]*)\)")


@cache
def metrics() -> dict[str, set[str]]:
    """The labels of each metric, by the name under which Prometheus keeps it."""
    found: dict[str, set[str]] = {}
    for package in SHIPPED:
        for path in (REPOSITORY / package).rglob("*.py"):
            for kind, name, labels in _made_in(ast.parse(path.read_text())):
                suffixes = {"Gauge": ("",), "Histogram": ("_bucket", "_count", "_sum")}.get(kind, ("_total",))
                found |= {name + suffix: labels for suffix in suffixes}
    return found


def _made_in(tree: ast.AST) -> Iterator[tuple[str, str, set[str]]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(kind), args=[ast.Constant(str(name)), _, *rest]) if name.startswith(
                "headcount_"
            ):
                yield kind, name, set(ast.literal_eval(rest[0])) if rest else set()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_names_metrics_and_labels_that_exist(expression: str) -> None:
    known = set(OF_PROMETHEUS)
    for name, selector in SELECTOR.findall(expression):
        assert name in metrics()
        labels = set(re.findall(r"(\w+)(?:=|!)", selector))
        assert labels <= metrics()[name] | OF_PROMETHEUS
        known |= metrics()[name]
    for grouping in GROUPING.findall(expression):
        assert set(grouping.split(", ")) <= known
    assert set(re.findall(r"headcount:\w+:\w+", expression)) <= RECORDED


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_urgent_it_is_and_where_the_page_says_what_to_do(alert: dict[str, dict[str, str]]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (REPOSITORY / page).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_metric_is_on_the_dashboard() -> None:
    shown = {_family(name) for name, _ in SELECTOR.findall("\n".join(SHOWN))}
    assert {_family(name) for name in metrics()} == shown


def _family(name: str) -> str:
    return re.sub(r"_(total|bucket|count|sum)$", "", name)


def test_every_kind_of_security_event_has_an_alert() -> None:
    kinds = set(re.findall(r'security_events_total\{kind="(\w+)"', "\n".join(EXPRESSIONS)))
    assert kinds == {kind.value for kind in SecurityEvent}


def test_the_dashboard_is_made_from_its_list() -> None:
    assert FILE.read_text() == dashboard(), "run `python -m deploy.monitoring`"


def test_every_alert_is_tested_to_fire() -> None:
    names = [test["name"] for test in yaml.safe_load((HERE / "alerts_test.yaml").read_text())["tests"]]
    assert {name.removesuffix(" fires") for name in names if name.endswith(" fires")} == {
        alert["alert"] for alert in ALERTS
    }


@pytest.mark.skipif(shutil.which("promtool") is None and "CI" not in os.environ, reason="promtool is not installed")
def test_each_alert_fires_on_its_fault_and_none_on_an_ordinary_day() -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, ".ci/run installs it"
    tested = subprocess.run(
        [promtool, "test", "rules", "alerts_test.yaml"], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
