"""What the chart renders, as processes: its Jobs, and replicas of its services with the environment of their pods."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.vocabulary import Service
from deploy.local.paths import REPOSITORY
from deploy.local.ports import free_port, until
from deploy.local.postgres import binaries
from deploy.local.programs import Program
from tests.support import service_process
from tests.support.command_server import CLIENT
from tests.support.rendered import environment

HEADCOUNT = Path(sys.executable).with_name("headcount")
TWICE = (Service.GATEWAY, Service.SEATS)
"""The services that run two replicas: one that is asked and one that decides; the others run one, to save time."""
SECONDS = 300
"""At most, for the commands of a block, on a machine that does much else."""
# Programs that the page calls and a test has no cluster for, or no package of.
_TOOLS = {
    "kubectl": '#!/bin/sh\ncase "$*" in\n'
    '*"get secret headcount"*) printf %s "$HEADCOUNT_OPERATOR_KEY" | base64 ;;\nesac\n',
    "curl": f"#!/bin/bash\nPATH={os.environ['PATH']}\n"
    'exec curl --silent "${@/http:\\/\\/localhost:8002/$HEADCOUNT_OPERATOR_URL}"\n',
    "kafka-topics.sh": f'#!/bin/sh\nexec {sys.executable} -m tests.support.delete_topics "$@"\n',
}


@dataclass(frozen=True)
class Replica:
    """A process of a service, and the ports that it serves by their names in the chart."""

    program: Program
    ports: dict[str, int]
    probes: int

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        await service_process.start(self.program, self.probes)


@dataclass
class Cluster:
    """The rendered objects, and the processes made from them."""

    manifests: list[dict[str, Any]]
    secrets: dict[str, str]
    folder: Path
    replicas: dict[Service, list[Replica]] = field(default_factory=dict)
    commands: Path = field(default_factory=lambda: Path(tempfile.mkdtemp()) / "commands")
    """The socket of the server of commands; its path must be short."""

    def pods(self, kind: str) -> dict[str, dict[str, Any]]:
        """The pods of a kind, by the names of their only container, in the order of their hooks' weights."""
        made = [one for one in self.manifests if one["kind"] == kind]
        made.sort(key=lambda one: int(one["metadata"].get("annotations", {}).get("helm.sh/hook-weight", 0)))
        return {
            one["spec"]["template"]["spec"]["containers"][0]["name"]: one["spec"]["template"]["spec"] for one in made
        }

    def variables(self, pod: dict[str, Any]) -> dict[str, str]:
        """The variables of the pod's container, secrets included."""
        return {
            name: value if isinstance(value, str) else self.secrets[value["secretKeyRef"]["key"]]
            for name, value in environment(pod).items()
        }

    def program(self, name: str, pod: dict[str, Any], **more: str) -> Program:
        """The pod's container as a process."""
        image = {"PATH": os.environ["PATH"], "HEADCOUNT_HOST": "127.0.0.1"}
        [container] = pod["containers"]
        command = [HEADCOUNT, *container["args"]]
        log = self.folder / f"{name}.log"
        return Program(name, command, log=log, environment=image | self.variables(pod) | more)

    def replica(self, service: Service, number: int) -> Replica:
        """A replica of a service."""
        pod = self.pods("Deployment")[service]
        [container] = pod["containers"]
        ports = {port["name"]: free_port() for port in container["ports"]}
        variables = {f"HEADCOUNT_{name.upper()}_PORT".replace("_HTTP", ""): str(port) for name, port in ports.items()}
        program = self.program(f"{service}-{number}", pod, **variables)
        return Replica(program, ports, ports[container["readinessProbe"]["httpGet"]["port"]])

    def url(self, port: str) -> str:
        """An address of the first gateway."""
        return f"http://127.0.0.1:{self.replicas[Service.GATEWAY][0].ports[port]}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every replica."""
        self.replicas = {
            service: [self.replica(service, number) for number in ((1, 2) if service in TWICE else (1,))]
            for service in Service
        }
        path = self.commands
        commands = Program(
            "The commands",
            [sys.executable, "-m", "tests.support.command_server", path],
            log=self.folder / "commands.log",
            folder=REPOSITORY,
            environment={"PATH": os.environ["PATH"]},
        )
        commands.start()
        try:
            await self.start(list(Service))
            await until(lambda: exists(path), still_alive=commands.check, seconds=SECONDS)
            yield
        finally:
            await commands.kill()
            await asyncio.to_thread(shutil.rmtree, path.parent)
            await self.stop(list(Service))

    async def start(self, services: Collection[Service]) -> None:
        """Start the replicas of these services."""
        await asyncio.gather(*(replica.start() for service in services for replica in self.replicas[service]))

    async def stop(self, services: Collection[Service]) -> None:
        """Stop the replicas of these services in order."""
        running = [replica.program for service in services for replica in self.replicas[service]]
        await asyncio.gather(*(service_process.stop(program) for program in running if program.running))


async def exists(path: Path) -> bool:
    """Whether a file is there."""
    return await asyncio.to_thread(path.exists)


@dataclass(frozen=True)
class Shell:
    """Bash with the page's tools on its path, and the variables of all pods of a cluster."""

    cluster: Cluster
    admin: str

    def __post_init__(self) -> None:
        """Write the tools."""
        tools = self.cluster.folder / "tools"
        tools.mkdir()
        headcount = CLIENT.format(python=sys.executable, path=str(self.cluster.commands))
        for name, text in {**_TOOLS, "headcount": headcount}.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)

    def variables(self) -> dict[str, str]:
        """What an operator's shell has set."""
        cluster = self.cluster
        every: dict[str, str] = {}
        for pod in (*cluster.pods("Job").values(), *cluster.pods("Deployment").values()):
            every |= cluster.variables(pod)
        path = [str(cluster.folder / "tools"), str(binaries()), os.environ["PATH"]]
        return every | {
            "PATH": os.pathsep.join(path),
            "HEADCOUNT_POSTGRES": self.admin,
            "HEADCOUNT_OPERATOR_URL": cluster.url("operator"),
            "ADMIN": self.admin,
            "KAFKA": every["HEADCOUNT_KAFKA"],
            "COPIES": "1",
            "HEADCOUNT_CATALOGUE": str(REPOSITORY / "deploy" / "catalogue.toml"),
            "COLUMNS": "200",
        }

    async def run(self, text: str, **more: object) -> str:
        """Run commands as they are written, each of which has to succeed; returns what they print."""
        variables = self.variables() | {name: str(value) for name, value in more.items()}
        done = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-c", f"set -eu -o pipefail\n{text}"],
            check=False,
            env=variables,
            cwd=self.cluster.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}"
        return done.stdout
