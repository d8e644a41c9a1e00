"""What the chart renders runs: its Jobs in their order, its five services, and the first agency of operations.md.

Each process has the variables of its pod and of the image, and no other; only addresses and ports are this machine's.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from contracts.vocabulary import Service
from deploy.local.charts import objects, render
from deploy.local.ports import free_port
from deploy.local.programs import Program
from deploy.local.stripe import StripeStandIn
from tests.support import service_process
from tests.support.documented import block, secrets_of_the_chart
from tests.support.one_service import PASSWORD
from tests.support.rendered import APPS, environment, needs_helm
from tests.support.servers import Kafka

pytestmark = [pytest.mark.live, pytest.mark.slow, needs_helm]
HEADCOUNT = Path(sys.executable).with_name("headcount")
AGENCY = "/api/v1/agencies"


@dataclass
class Cluster:
    """The rendered objects, and the processes made from them."""

    manifests: list[dict[str, Any]]
    secrets: dict[str, str]
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)

    def pods(self, kind: str) -> dict[str, dict[str, Any]]:
        """The pods of a kind, by the names of their only container, in the order of their hooks' weights."""
        made = [one for one in self.manifests if one["kind"] == kind]
        made.sort(key=lambda one: int(one["metadata"].get("annotations", {}).get("helm.sh/hook-weight", 0)))
        return {
            one["spec"]["template"]["spec"]["containers"][0]["name"]: one["spec"]["template"]["spec"] for one in made
        }

    def program(self, name: str, pod: dict[str, Any], **more: str) -> Program:
        """The pod's container as a process."""
        variables = {
            variable: value if isinstance(value, str) else self.secrets[value["secretKeyRef"]["key"]]
            for variable, value in environment(pod).items()
        }
        image = {"PATH": os.environ["PATH"], "HEADCOUNT_HOST": "127.0.0.1"}
        [container] = pod["containers"]
        command = [HEADCOUNT, *container["args"]]
        return Program(name, command, log=self.folder / f"{name}.log", environment=image | variables | more)

    def service(self, service: Service, pod: dict[str, Any]) -> tuple[Program, int]:
        """The service's process, and the port of its probes."""
        [container] = pod["containers"]
        own = {port["name"]: free_port() for port in container["ports"]}
        if service is Service.GATEWAY:
            self.ports = own
        variables = {f"HEADCOUNT_{name.upper()}_PORT".replace("_HTTP", ""): str(port) for name, port in own.items()}
        return self.program(service.value, pod, **variables), own[container["readinessProbe"]["httpGet"]["port"]]


@pytest.fixture
async def stripe(tmp_path: Path) -> AsyncIterator[str]:
    """Stripe's stand-in as a process: its address."""
    stand_in = StripeStandIn(tmp_path, webhook_url="http://127.0.0.1:9/webhook", webhook_secret="whsec_1")
    async with stand_in:
        yield stand_in.url


def cluster_of(database: str, kafka: str, stripe: str, folder: Path) -> Cluster:
    """The plain example with the addresses of this machine, and the secrets that the documented command makes."""
    [example] = [one for one in APPS if one.values_file.stem == "plain"]
    parts = urlsplit(database)
    without_role = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    values = example.values | {
        "postgres": {"url": without_role},
        "kafka": {"bootstrap": kafka, "replication": 1},
        "settings": {"HEADCOUNT_SESSION_TIMEOUT": 6},
        "services": {"billing": {"settings": {"HEADCOUNT_STRIPE_BASE": stripe}}},
    }
    # The passwords belong to roles that other tests on this server use too.
    passwords = {f"password-{service}": PASSWORD for service in Service}
    secrets = secrets_of_the_chart() | passwords | {"migrate-postgres-url": database}
    return Cluster(objects(render(example.release, values)), secrets, folder)


async def test_the_jobs_prepare_an_empty_cluster_and_the_services_open_the_first_agency(
    database: str, kafka: Kafka, stripe: str, tmp_path: Path
) -> None:
    cluster = cluster_of(database, kafka.bootstrap, stripe, tmp_path)
    for name, pod in cluster.pods("Job").items():
        more = {"HEADCOUNT_STRIPE_BASE": stripe} if name == "catalogue" else {}
        await cluster.program(name, pod, **more).run()
    async with AsyncExitStack() as running, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        starting = []
        for name, pod in cluster.pods("Deployment").items():
            program, port = cluster.service(Service(name), pod)
            running.push_async_callback(service_process.stop, program)
            starting.append(service_process.start(program, port))
        await asyncio.gather(*starting)
        at = {name: f"http://127.0.0.1:{port}" for name, port in cluster.ports.items()}
        curl = block("service/headcount-gateway-operator")
        [body] = re.findall(r"--json '(.+?)'", curl, re.DOTALL)
        key = {"Authorization": f"Bearer {cluster.secrets['operator-key']}"}
        assert (await client.get(f"{at['probes']}/metrics")).is_success
        assert (await client.get(f"{at['http']}/metrics")).status_code == httpx.codes.NOT_FOUND
        assert (await client.post(f"{at['http']}{AGENCY}", json=json.loads(body), headers=key)).is_client_error
        opened = await client.post(f"{at['operator']}{AGENCY}", json=json.loads(body), headers=key)
        assert opened.status_code in {httpx.codes.CREATED, httpx.codes.ACCEPTED}, opened.text
