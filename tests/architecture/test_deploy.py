"""The container files give each service exactly the settings that it reads, and the time that it needs to stop."""

import importlib
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

import deploy
from contracts.vocabulary import Service
from services.gateway.application.security_log import SecurityEvent
from tests.support.packages import SHIPPED
from tests.support.service_settings import settings_of

HERE = Path(deploy.__file__).parent
GRACE = 40


@pytest.mark.parametrize("service", list(Service))
def test_compose_gives_a_service_all_that_it_needs(service: Service) -> None:
    compose = yaml.safe_load((HERE / "compose.yaml").read_text())["services"][service.value]
    needed, _ = settings_of(service)
    assert needed <= set(compose["environment"])
    assert compose["command"] == ["run", service.value]
    assert compose["stop_grace_period"] == f"{GRACE}s"


def test_compose_trusts_no_proxy_that_nobody_named() -> None:
    compose = yaml.safe_load((HERE / "compose.yaml").read_text())["services"]["gateway"]["environment"]
    assert compose["HEADCOUNT_TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-}", "nobody, unless somebody is named"


def test_every_kind_of_security_event_has_an_alert_and_every_alert_its_metric_and_its_page() -> None:
    groups = yaml.safe_load((HERE / "prometheus" / "alerts.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    expressions = "\n".join(rule["expr"] for rule in rules)
    for service in Service:
        importlib.import_module(f"services.{service}.app")
    kept = {metric.name for metric in REGISTRY.collect()}
    assert {name.removesuffix("_total") for name in re.findall(r"headcount_\w+", expressions)} <= kept
    kinds = set(re.findall(r'security_events_total\{kind="(\w+)"', expressions))
    assert kinds == {kind.value for kind in SecurityEvent}
    headings = re.findall(r"^#+ (.+)$", (HERE.parent / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert {rule["annotations"]["page"] for rule in rules} <= set(headings)
    assert len({rule["alert"] for rule in rules}) == len(rules)


def test_the_image_holds_every_package_that_is_shipped() -> None:
    lines = (HERE / "Dockerfile").read_text()
    for package in SHIPPED:
        assert f"COPY {package} {package}" in lines
