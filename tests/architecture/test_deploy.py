"""The container files give each service exactly the settings that it reads, and the time that it needs to stop."""

from pathlib import Path

import pytest
import yaml

import deploy
from contracts.vocabulary import Service
from tests.support.packages import SHIPPED
from tests.support.service_settings import settings_of

HERE = Path(deploy.__file__).parent
GRACE = 40
LINKS = ("HEADCOUNT_SUPPORT_EMAIL", "HEADCOUNT_PRIVACY_URL", "HEADCOUNT_STATUS_URL")


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


def test_compose_gives_pages_and_mails_the_same_links() -> None:
    services = yaml.safe_load((HERE / "compose.yaml").read_text())["services"]
    for name in LINKS:
        given = [service for service in Service if name in services[service.value]["environment"]]
        assert given == [service for service in Service if name in settings_of(service)[1]], name
        # Without a value here, Compose leaves the variable out unless somebody sets it: an empty one is no address.
        assert {services[service.value]["environment"][name] for service in given} == {None}


def test_the_image_holds_every_package_that_is_shipped() -> None:
    lines = (HERE / "Dockerfile").read_text()
    for package in SHIPPED:
        assert f"COPY {package} {package}" in lines
