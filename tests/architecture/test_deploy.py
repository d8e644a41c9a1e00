"""The container files give each service exactly the settings that it reads, and the time that it needs to stop."""

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

import deploy
from chassis.health import PROBES
from contracts.vocabulary import Service

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


def test_the_image_holds_every_package_that_is_shipped() -> None:
    lines = (HERE / "Dockerfile").read_text()
    for package in ("contracts", "chassis", "services"):
        assert f"COPY {package} {package}" in lines
