"""Kafka over TLS: clients that name themselves by password, token or certificate, through the settings of a service."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import shlex
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from contracts.members_agencies import FoundAgency
from contracts.vocabulary import BillingCycle, SeatType
from deploy.local.ports import free_port
from deploy.local.programs import Program
from services.cli.access_lists import Grant, grants
from tests.support import service_process
from tests.support.bus import Sender, outgoing
from tests.support.certificates import Authority
from tests.support.keys import TRUST
from tests.support.secured_kafka import ADMIN, OPERATOR, STRANGER, SecuredKafka, with_certificates, with_passwords
from tests.support.token_endpoint import CLIENT, SECRET, token_endpoint
from transport.producer import Producer
from transport.topics import administration

pytestmark = pytest.mark.live

HEADCOUNT = Path(sys.executable).with_name("headcount")
SECONDS = 60


@pytest.fixture(scope="module")
async def passwords(servers_folder: Path) -> AsyncIterator[SecuredKafka]:
    secured = with_passwords(servers_folder / "passwords")
    await secured.server.start()
    yield secured
    await secured.server.kill()


@pytest.fixture(scope="module")
async def certificates(servers_folder: Path) -> AsyncIterator[SecuredKafka]:
    secured = with_certificates(servers_folder / "certificates")
    await secured.server.start()
    yield secured
    await secured.server.kill()


async def headcount(environment: Mapping[str, str], log: Path, *arguments: str) -> tuple[int, str]:
    """Run a command of the operator; return its exit code and what it printed."""
    program = Program("headcount", [HEADCOUNT, *arguments], log=log, environment=os.environ | dict(environment))
    program.start()
    async with asyncio.timeout(SECONDS):
        while program.running:
            await asyncio.sleep(0.05)
    return program.exit_code or 0, await asyncio.to_thread(log.read_text)


class Members:
    """members as a process, with its bus and database."""

    def __init__(self, database: str, kafka: Mapping[str, str], folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "members.log"
        environment = service_process.environment_of(database, kafka) | {"HEADCOUNT_PORT": str(self.port)}
        self.program = Program("members", [HEADCOUNT, "run", "members"], log=self.log, environment=environment)

    async def start(self) -> None:
        await service_process.start(self.program, self.port)

    async def stop(self) -> None:
        await service_process.stop(self.program)


def founding(agency: UUID) -> FoundAgency:
    return FoundAgency(
        name="Harbor Clinic",
        domain=f"{agency.hex}.example",
        admin_email=f"ada@{agency.hex}.example",
        admin_name="Ada Park",
        cycle=BillingCycle.MONTHLY,
        base=1,
        voice=0,
        admin_seat_type=SeatType.BASE,
        payment_method="pm_card_visa",
    )


async def decided(secured: SecuredKafka, gateway: Mapping[str, str], agency: UUID) -> str:
    """Send a command as the gateway; return the type of the first event that members publishes about the agency."""
    access = secured.access(gateway)
    producer = Producer(access, "gateway")
    try:
        publish = TRUST.signing(producer.publish)
        assert await publish([outgoing(Sender().record(founding(agency), agency))]) == [True]
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(
        "members.events", bootstrap_servers=access.bootstrap, auto_offset_reset="earliest", **access.options
    )
    await consumer.start()
    try:
        async with asyncio.timeout(SECONDS):
            async for record in consumer:
                if record.key == str(agency).encode():
                    return str(dict(record.headers)["ce_type"], "ascii")
    finally:
        await consumer.stop()
    raise AssertionError("the consumer ended")


async def whole_path(secured: SecuredKafka, who: Mapping[str, Mapping[str, str]], database: str, folder: Path) -> None:
    """Provision the topics, run members, and have one command decided. `who` has the environment of each client."""
    code, printed = await headcount(who[ADMIN], folder / "provision.log", "provision")
    assert (code, "members.commands: made" in printed) == (0, True), printed
    members = Members(database, who["members"], folder)
    try:
        await members.start()
        assert await decided(secured, who["gateway"], uuid4()) == "members.agency_founded.v1"
    finally:
        await members.stop()
    assert "of-a-test" not in members.log.read_text(), "no password is logged"


async def test_a_message_is_decided_on_a_bus_that_takes_only_certificates(
    certificates: SecuredKafka, migrated: str, tmp_path: Path
) -> None:
    who = {name: certificates.certified(name) for name in (ADMIN, "members", "gateway")}
    await whole_path(certificates, who, migrated, tmp_path)


async def test_whom_the_bus_does_not_know_ends_with_a_sentence(
    passwords: SecuredKafka, certificates: SecuredKafka, migrated: str, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "stranger", "another authority")
    wrong_password = passwords.user(ADMIN) | {"HEADCOUNT_KAFKA_PASSWORD": "wrong-of-a-test"}
    for name, environment, sentence in (
        ("password", wrong_password, "refuses the connection: Authentication failed"),
        (
            "authority",
            passwords.user(ADMIN) | {"HEADCOUNT_KAFKA_CA_FILE": str(stranger.file)},
            "its certificate is not valid here (unable to get local issuer certificate)",
        ),
        ("certificate", certificates.settings(), "TLS failed (TLSV13_ALERT_CERTIFICATE_REQUIRED)"),
    ):
        code, printed = await headcount(environment, tmp_path / f"{name}.log", "provision")
        assert (code, sentence in printed) == (2, True), printed
        assert "of-a-test" not in printed
    members = Members(migrated, wrong_password, tmp_path)
    members.program.start()
    async with asyncio.timeout(SECONDS):
        while members.program.running:
            await asyncio.sleep(0.05)
    assert members.program.exit_code == 2
    assert "refuses the connection: Authentication failed" in members.log.read_text()
    assert "of-a-test" not in members.log.read_text()


async def test_a_service_works_with_exactly_its_acls_and_writes_no_other_services_topics(
    passwords: SecuredKafka, migrated: str, tmp_path: Path
) -> None:
    """The ACLs are those of the printed commands."""
    log = tmp_path / "acls.log"
    code, printed = await headcount({}, log, "acls", "--operator", f"User:{OPERATOR}")
    assert code == 0, printed
    granted = [
        grant for line in printed.splitlines() if line.startswith("kafka-acls.sh") for grant in read_command(line)
    ]
    assert set(granted) == set(grants("User:{service}", f"User:{OPERATOR}"))
    await passwords.grant(granted)
    who = {name: passwords.user(name) for name in ("members", "gateway")} | {ADMIN: passwords.user(OPERATOR)}
    await whole_path(passwords, who, migrated, tmp_path)
    record = outgoing(Sender().record(founding(uuid4()), uuid4()))
    own, foreign = record._replace(topic="members.events"), record._replace(topic="seats.events")
    for user, sent, taken in (
        ("members", own, True),
        ("members", foreign, False),
        ("members", record, False),
        ("gateway", own, False),
        (STRANGER, record, False),
    ):
        producer = Producer(passwords.access(passwords.user(user)), user)
        try:
            [outcome] = await producer.publish([sent])
            assert (outcome is True) == taken, (user, sent.topic, outcome)
        finally:
            await producer.stop()
    for arguments in (("provision",), ("run", "seats")):
        environment = {**service_process.environment_of(migrated, passwords.user(STRANGER))}
        code, printed = await headcount(environment, tmp_path / f"{arguments[0]}-stranger.log", *arguments)
        assert code in {1, 2}, printed
        assert "Traceback" not in printed


async def test_every_mechanism_lets_an_administrator_in(passwords: SecuredKafka, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(unsigned_token(ADMIN))
    environments = [passwords.user(ADMIN, mechanism) for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN")]
    environments.append(passwords.settings(MECHANISM="OAUTHBEARER", TOKEN_FILE=str(token)))
    async with token_endpoint(token=lambda: unsigned_token(ADMIN)) as endpoint:
        client = {"TOKEN_URL": endpoint.url, "USERNAME": CLIENT, "PASSWORD": SECRET}
        environments.append(passwords.settings(MECHANISM="OAUTHBEARER", **client))
        for environment in environments:
            async with administration(passwords.access(environment)) as admin:
                assert await admin.list_topics() is not None
        assert endpoint.forms == [{"grant_type": "client_credentials"}]


def read_command(line: str) -> list[Grant]:
    """The grants of a call of Kafka's own tool."""
    tool = argparse.ArgumentParser()
    for option in ("--bootstrap-server", "--command-config", "--allow-principal"):
        tool.add_argument(option, required=True)
    tool.add_argument("--add", action="store_true", required=True)
    for option in ("--operation", "--topic", "--group"):
        tool.add_argument(option, action="append", default=[])
    call = tool.parse_args(shlex.split(line)[1:])
    kinds = (("topic", call.topic), ("group", call.group))
    return [Grant(call.allow_principal, kind, name, tuple(call.operation)) for kind, names in kinds for name in names]


def unsigned_token(subject: str) -> str:
    """A token without a signature, which a broker without further settings takes."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": subject, "iat": now, "exp": now + 600})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])
