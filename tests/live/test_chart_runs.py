"""What the chart renders runs, two replicas of seats and gateway, and each block of operations.md, as written.

Each process has the variables of its pod and of the image, and no other; only addresses and ports are this machine's.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from contracts.seats import AutoAddSet
from contracts.vocabulary import Service
from database.postgres import Pool
from deploy.local.charts import objects, render
from deploy.local.stripe import StripeStandIn
from tests.faults.sink import Sink
from tests.support.bus import Sender
from tests.support.chart_cluster import Cluster, Shell
from tests.support.collector import Collector, collecting
from tests.support.documented import block, blocks, secrets_of_the_chart
from tests.support.one_service import PASSWORD
from tests.support.rendered import APPS, needs_helm
from tests.support.servers import discard, kafka_for_tests
from tests.support.too_large import publish_large

pytestmark = [pytest.mark.live, pytest.mark.slow, needs_helm]
SECONDS = 240
STEPS = {
    "first-agency",
    "add-admin",
    "export",
    "find",
    "status",
    "tasks",
    "operation",
    "prepare",
    "deferred",
    "refused",
}
STEPS |= {"replay", "replay-rate", "backup", "rebuild", "restore-one", "restore-all"}
"""The blocks that run here; `service` is what the pods run, and the secrets have tests of their own."""
AS_DEFERRED = (
    "INSERT INTO seats.deferred_messages (agency_id, kind, reason, type, topic, kafka_partition, kafka_offset,"
)
AS_DEFERRED += " key, headers, value, at, sender, seq) VALUES ($1, $2, 'decision: KeyError', 'members.new.v1',"
AS_DEFERRED += " 'members.events', 0, $3, $4, $5, '{}', now(), 'members', $6) RETURNING id"
A_TASK = "INSERT INTO billing.tasks (id, agency_id, lane, kind, payload, correlation_id, actor, recorded_at, run_at)"
A_TASK += " VALUES ($1, $2, 'a', 'read', '{}', $1, 'system', now(), now() + interval '1 hour')"


def test_each_block_of_the_page_has_a_tag_and_each_that_can_run_runs() -> None:
    tags = [one.tag for one in blocks()]
    elsewhere = [re.split(r"\s+-", one.text)[0] for one in blocks() if one.tag == "sh elsewhere"]
    assert set(tags) - {f"sh run={one.step}" for one in blocks()} == {"sh elsewhere", "output", "console", "yaml file"}
    run = [one.step for one in blocks() if one.step]
    assert sorted(run) == sorted({*STEPS, "service", "secrets", "compose-secrets"})
    # What no test can run here: a tag, a base backup of a server with an archive, an image, and a cluster.
    assert elsewhere == [
        "git tag",
        "pg_basebackup",
        "docker build",
        "helm install headcount-backing deploy/backing",
        "helm install headcount deploy/chart",
        "helm upgrade headcount-backing deploy/backing",
    ]


@dataclass
class System:
    """The cluster with what stands around it."""

    cluster: Cluster
    shell: Shell
    db: Pool
    mails: Sink
    collector: Collector

    async def run(self, step: str, **variables: object) -> str:
        """Run the block of a step."""
        return await self.shell.run(block(step), **variables)

    async def agency(self) -> UUID:
        """The agency of the page, once it is open."""
        async with asyncio.timeout(SECONDS):
            while not (agency := await self.db.fetchval("SELECT agency_id FROM gateway.agencies WHERE open")):
                await asyncio.sleep(0.1)
        return UUID(str(agency))


def cluster_of(database: str, kafka: str, stripe: str, mail_port: int, collector: str, folder: Path) -> Cluster:
    """The plain example with the addresses of this machine, and the secrets that the documented command makes."""
    [example] = [one for one in APPS if one.values_file.stem == "plain"]
    parts = urlsplit(database)
    without_role = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_BSP_SCHEDULE_DELAY": 200}
    values = example.values | {
        "postgres": {"url": without_role},
        "kafka": {"bootstrap": kafka, "replication": 1},
        "mail": {"host": "127.0.0.1", "port": mail_port, "tls": "none", "from": "Headcount <no-reply@seats.example>"},
        "settings": {"HEADCOUNT_SESSION_TIMEOUT": 6, "HEADCOUNT_SHUTDOWN_GRACE": 0, **traces},
        "services": {"billing": {"settings": {"HEADCOUNT_STRIPE_BASE": stripe}}},
    }
    # The passwords belong to roles that other tests on this server use too.
    passwords = {f"password-{service}": PASSWORD for service in Service}
    secrets = secrets_of_the_chart() | passwords | {"migrate-postgres-url": database}
    return Cluster(objects(render(example.release, values)), secrets, folder)


@pytest.fixture
async def system(database: str, servers_folder: Path, tmp_path: Path) -> AsyncIterator[System]:
    async with AsyncExitStack() as stack:
        broker = kafka_for_tests(servers_folder / f"chart-{uuid4()}")
        await broker.start()
        stack.push_async_callback(discard, broker)
        stand_in = StripeStandIn(tmp_path, webhook_url="http://127.0.0.1:9/webhook", webhook_secret="whsec_1")
        await stack.enter_async_context(stand_in)
        mails = Sink()
        await mails.start()
        stack.push_async_callback(mails.stop)
        collector = stack.enter_context(collecting())
        cluster = cluster_of(
            database, broker.bootstrap, stand_in.url, mails.smtp_port, collector.url, tmp_path / "cluster"
        )
        cluster.folder.mkdir()
        for name, pod in cluster.pods("Job").items():
            more = {"HEADCOUNT_STRIPE_BASE": stand_in.url} if name == "catalogue" else {}
            await cluster.program(name, pod, **more).run()
        db = await asyncpg.create_pool(database, min_size=1, max_size=3)
        stack.push_async_callback(db.close)
        await stack.enter_async_context(cluster.running())
        yield System(cluster, Shell(cluster, database), db, mails, collector)


async def test_the_chart_opens_an_agency_and_each_block_of_the_page_runs_as_it_is_written(system: System) -> None:
    cluster, db = system.cluster, system.db
    [members] = cluster.pods("Deployment")["members"]["containers"]
    assert block("service").split("#")[0].split() == ["headcount", *members["args"]]
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        assert (await client.get(f"{cluster.url('probes')}/metrics")).is_success
        assert (await client.get(f"{cluster.url('http')}/metrics")).status_code == httpx.codes.NOT_FOUND
        assert (await client.post(f"{cluster.url('http')}/api/v1/agencies", json={})).is_client_error
    await system.run("first-agency")
    agency = await system.agency()
    await looks(system, agency)
    await asyncio.gather(repairs_deferred(system), repairs_refused(system, agency))
    await system.run("replay", AGENCY=agency)
    await system.run("replay-rate")
    await system.run("backup")

    await cluster.stop([Service.GATEWAY])
    await db.execute("DROP SCHEMA gateway CASCADE")
    await system.shell.run("headcount migrate")
    assert "Start gateway now." in await system.run("rebuild")
    await asyncio.gather(cluster.start([Service.GATEWAY]), restores_seats(system))
    assert await system.agency() == agency

    await cluster.stop(list(Service))
    await system.run("restore-all")
    await cluster.start(list(Service))
    await until_all_is_well(system)
    assert str(agency) in await system.shell.run("headcount agency show $AGENCY", AGENCY=agency)
    check_traces(system.collector)


async def looks(system: System, agency: UUID) -> None:
    """Run the blocks that change nothing, or add one admin."""
    await until_all_is_well(system)
    operation, task = await system.db.fetchval("SELECT id FROM gateway.operations LIMIT 1"), uuid4()
    await system.db.execute(A_TASK, task, agency)
    _, _exported, found, tasks, told, again = await asyncio.gather(
        system.run("add-admin", AGENCY=agency),
        system.run("export", AGENCY=agency),
        system.run("find", AGENCY=agency),
        system.run("tasks", AGENCY=agency, TASK=task),
        system.run("operation", OPERATION=operation),
        system.run("prepare"),
    )
    assert (system.cluster.folder / "harbor.zip").read_bytes().startswith(b"PK")
    assert str(agency) in found
    assert f"{task} would be due now." in tasks
    assert "members.found_agency.v1" in told
    assert "Nothing to do: every schema is up to date." in again
    await system.db.execute("DELETE FROM billing.tasks WHERE id = $1", task)


async def until_all_is_well(system: System) -> None:
    """Run `headcount status` until it finds no trouble: something may be on its way still."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                assert "All is well." in await system.run("status")
            except AssertionError:
                await asyncio.sleep(0.5)
            else:
                return


async def repairs_deferred(system: System) -> None:
    """An event that an earlier release could not decide is looked at and resumed; a rejected command is found."""
    agency = uuid4()
    record = Sender().record(AutoAddSet(enabled=True), agency)
    headers = [("ce_type", b"members.new.v1") if name == "ce_type" else (name, value) for name, value in record.headers]
    stored = json.dumps([[name, (value or b"").decode("latin-1")] for name, value in headers]).encode()
    key = str(agency).encode()
    number = await system.db.fetchval(AS_DEFERRED, agency, "parked", 1, key, stored, 1)
    await system.db.execute(AS_DEFERRED, agency, "rejected", 2, key, stored, None)
    await system.db.execute("INSERT INTO seats.actors (agency_id, parked_at, waiting) VALUES ($1, now(), 1)", agency)
    output = await system.run("deferred", AGENCY=agency, NUMBER=number)
    assert f"{agency}: caught up\nWould be dismissed: 1.\n" in output
    assert not await system.db.fetchval("SELECT count(*) FROM seats.actors WHERE parked_at IS NOT NULL")
    await system.shell.run("headcount deferred dismiss seats --all")


async def repairs_refused(system: System, agency: UUID) -> None:
    """A message that the broker takes under no circumstances is looked at and discarded."""
    await publish_large(system.db, Service.SEATS, agency, 1_500_000)
    async with asyncio.timeout(SECONDS):
        while not (number := await system.db.fetchval("SELECT id FROM seats.refused_records")):
            await asyncio.sleep(0.1)
    assert "Discarded." in await system.run("refused", NUMBER=number)


async def restores_seats(system: System) -> None:
    """Seats alone goes back to the backup, and is brought up to the bus."""
    await system.cluster.stop([Service.SEATS])
    await system.run("restore-one")
    await system.cluster.start([Service.SEATS])


def check_traces(collector: Collector) -> None:
    """The calls to Stripe, the mails and the tasks of real processes were seen at the collector."""
    billing, notifier = collector.of("headcount-billing"), collector.of("headcount-notifier")
    assert {"POST", "open_account"} <= set(billing)
    assert billing["POST"]["http.method"] == "POST"
    assert notifier["send mail"]["outcome"] == "Accepted"
