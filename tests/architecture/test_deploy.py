"""The container files give each service exactly the settings that it reads, and the time that it needs to stop."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import deploy
from contracts.vocabulary import Service
from hosting.settings import split_list
from services.gateway.application.security_log import SecurityEvent
from tests.support.packages import SHIPPED
from webserver.client_address import networks_of
from webserver.probes import PROBES

HERE = Path(deploy.__file__).parent
GRACE = 40


def settings_of(service: Service) -> tuple[set[str], set[str]]:
    """The variables that a service needs, and all that it knows."""
    fields = importlib.import_module(f"services.{service}.app").Settings.model_fields
    names = {name: "STRIPE_API_KEY" if name == "stripe_api_key" else f"HEADCOUNT_{name.upper()}" for name in fields}
    return {names[name] for name, field in fields.items() if field.is_required()}, set(names.values())


def deployment(service: Service) -> dict[str, Any]:
    first: dict[str, Any] = next(yaml.safe_load_all((HERE / "kubernetes" / f"{service}.yaml").read_text()))
    return first


@pytest.mark.parametrize("service", list(Service))
def test_compose_gives_a_service_all_that_it_needs(service: Service) -> None:
    compose = yaml.safe_load((HERE / "compose.yaml").read_text())["services"][service.value]
    needed, _ = settings_of(service)
    assert needed <= set(compose["environment"])
    assert compose["command"] == ["run", service.value]
    assert compose["stop_grace_period"] == f"{GRACE}s"


@pytest.mark.parametrize("service", list(Service))
def test_kubernetes_gives_a_service_all_that_it_needs_and_no_secret_of_anothers(service: Service) -> None:
    pod = deployment(service)["spec"]["template"]["spec"]
    [container] = pod["containers"]
    config = yaml.safe_load((HERE / "kubernetes" / "configmap.yaml").read_text())["data"]
    secrets = {variable["name"] for variable in container["env"]}
    needed, known = settings_of(service)
    assert needed <= set(config) | secrets
    assert secrets <= known
    assert container["args"] == ["run", service.value]
    assert pod["terminationGracePeriodSeconds"] == GRACE
    assert {container["readinessProbe"]["httpGet"]["path"], container["livenessProbe"]["httpGet"]["path"]} <= set(
        PROBES
    )


def test_probes_and_metrics_of_the_gateway_are_not_published() -> None:
    container = deployment(Service.GATEWAY)["spec"]["template"]["spec"]["containers"][0]
    probes = {container[probe]["httpGet"]["port"] for probe in ("readinessProbe", "livenessProbe")}
    _, published = yaml.safe_load_all((HERE / "kubernetes" / "gateway.yaml").read_text())
    assert probes == {"probes"}
    assert {port["targetPort"] for port in published["spec"]["ports"]} == {"http"}
    assert [port["name"] for port in container["ports"]] == ["http", "probes"]
    environment = (HERE / "Dockerfile").read_text()
    for port in container["ports"]:
        name = "PORT" if port["name"] == "http" else "PROBES_PORT"
        assert f"HEADCOUNT_{name}={port['containerPort']}" in environment


def test_the_container_files_say_which_proxies_are_trusted() -> None:
    compose = yaml.safe_load((HERE / "compose.yaml").read_text())["services"]["gateway"]["environment"]
    assert compose["HEADCOUNT_TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-}", "nobody, unless somebody is named"
    config = yaml.safe_load((HERE / "kubernetes" / "configmap.yaml").read_text())["data"]
    networks = networks_of(split_list(config["HEADCOUNT_TRUSTED_PROXIES"]))
    assert networks
    assert all(network.prefixlen >= 16 for network in networks), "no network of anybody's"
    assert int(config["HEADCOUNT_PROXY_HOPS"]) == 1


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


def test_the_ingress_speaks_http_2_and_holds_no_event_back() -> None:
    ingress, controller = yaml.safe_load_all((HERE / "kubernetes" / "ingress.yaml").read_text())
    config = yaml.safe_load((HERE / "kubernetes" / "configmap.yaml").read_text())["data"]
    [tls], [rule] = ingress["spec"]["tls"], ingress["spec"]["rules"]
    assert tls["hosts"] == [rule["host"]]
    assert config["HEADCOUNT_PUBLIC_URL"] == f"https://{rule['host']}"
    assert controller["data"]["use-http2"] == "true"
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
