"""Messages that seats cannot decide are listed with their reason and counted, on a real Kafka.

seats runs as a process, first with a faulty release; the test publishes the messages of the other services. Four
agencies have a fault each: a command that fails, an event that fails, unreadable data, and a gap. The fifth agency has
none, and is served throughout.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from contracts.billing import AccountOpened
from contracts.members import FirstLogin
from contracts.members_agencies import AgencyFounded
from contracts.message import Message, Seats
from contracts.seats import SetAutoAdd
from contracts.topics import PARTITIONS, TOPICS
from contracts.vocabulary import BillingCycle, SeatType, member
from deploy.local.paths import REPOSITORY
from deploy.local.ports import free_port
from deploy.local.programs import Program
from services.cli.topics import provision
from tests.support import service_process
from tests.support.bus import Sender, outgoing
from tests.support.keys import TRUST
from tests.support.servers import Kafka, kafka_for_tests
from transport.access import KafkaAccess
from transport.producer import Producer
from transport.records import Outgoing

pytestmark = [pytest.mark.live, pytest.mark.slow]

HEADCOUNT = [Path(sys.executable).with_name("headcount")]
FAULTY = [sys.executable, "-m", "tests.support.faulty_release"]
WELL, COMMAND_FAILS, EVENT_FAILS, UNREADABLE, GAP = (uuid4() for _ in range(5))
AGENCIES = (WELL, COMMAND_FAILS, EVENT_FAILS, UNREADABLE, GAP)
PEOPLE = 4
SECONDS = 60


@dataclass
class Clinic:
    """seats as a process, with its bus and database."""

    bootstrap: str
    database: str
    folder: Path
    sender: Sender = field(default_factory=Sender)
    people: dict[UUID, list[UUID]] = field(default_factory=lambda: {agency: [] for agency in AGENCIES})
    program: Program | None = None
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.producer = Producer(KafkaAccess(self.bootstrap), "test")

    @property
    def environment(self) -> dict[str, str]:
        settings = {
            "HEADCOUNT_KAFKA": self.bootstrap,
            "HEADCOUNT_PORT": str(self.port),
            "FAULTY": f"{COMMAND_FAILS},{EVENT_FAILS}",
            "PYTHONPATH": str(REPOSITORY),
        }
        return service_process.environment_of(self.database, settings)

    async def start(self, release: Sequence[str | Path]) -> None:
        """Start a process of this release, and wait until it is ready."""
        log = self.folder / "seats.log"
        self.program = Program("seats", [*release, "run", "seats"], log=log, environment=self.environment)
        await service_process.start(self.program, self.port)

    async def stop(self) -> None:
        if self.program is not None:
            await service_process.stop(self.program)

    async def command(self, *arguments: str, release: Sequence[str | Path] = HEADCOUNT) -> tuple[int, str]:
        """Run `headcount` with these arguments; check its log, and return its exit code and output."""
        completed = await asyncio.to_thread(
            subprocess.run, [*release, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        logged = [json.loads(line)["event"] for line in completed.stderr.splitlines() if line.startswith("{")]
        assert logged in ([], ["inbox.agency_parked"])
        return completed.returncode, completed.stdout

    def message(self, agency: UUID, message: Message, **seen: int) -> Outgoing:
        read = {f"{service}.events": seq for service, seq in seen.items()}
        record = self.sender.record(message, agency, actor=member(uuid4()), seen=read)
        return outgoing(record)

    def login(self, agency: UUID) -> Outgoing:
        """Return the event of a new clinician's first login, sent after members had handled AccountOpened."""
        self.people[agency].append(uuid4())
        return self.message(agency, FirstLogin(member_id=self.people[agency][-1], seat_type=SeatType.BASE), billing=1)

    async def publish(self, *records: Outgoing) -> None:
        assert all(await TRUST.signing(self.producer.publish)(records))

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        db = await asyncpg.connect(self.database)
        try:
            return list(await db.fetch(statement, *arguments))
        finally:
            await db.close()

    async def seated(self, agency: UUID) -> list[UUID]:
        """Return the members who got a seat, in order."""
        rows = await self.fetch(
            "SELECT (data::jsonb->>'member_id')::uuid AS member_id FROM seats.outbox"
            " WHERE agency_id = $1 AND type = 'seats.seat_assigned.v1' ORDER BY id",
            agency,
        )
        return [row["member_id"] for row in rows]

    async def until_seated(self, agency: UUID, people: Sequence[UUID]) -> None:
        async with asyncio.timeout(SECONDS):
            while len(await self.seated(agency)) < len(people):
                await asyncio.sleep(0.05)
        assert await self.seated(agency) == list(people)

    async def rejections(self, agency: UUID) -> list[str]:
        """Return the codes with which seats rejected commands, in order."""
        rows = await self.fetch(
            "SELECT data::jsonb->>'code' AS code FROM seats.outbox"
            " WHERE agency_id = $1 AND type = 'seats.command_rejected.v1' ORDER BY id",
            agency,
        )
        return [row["code"] for row in rows]

    async def deferred_counts(self) -> dict[str, int]:
        """Return how many messages were deferred according to the metrics, by kind."""
        async with httpx.AsyncClient(trust_env=False) as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        matches = re.findall(r'^headcount_messages_deferred_total\{kind="(\w+)"\} (\S+)$', text, re.MULTILINE)
        return {kind: int(float(count)) for kind, count in matches}


@pytest.fixture
async def clinic(servers_folder: Path, migrated: str) -> AsyncIterator[Clinic]:
    folder = servers_folder / f"holes-{uuid4()}"
    folder.mkdir()
    broker: Kafka = kafka_for_tests(folder / "kafka")
    await broker.start()
    names = [topic.name for topic in TOPICS]
    await provision(KafkaAccess(broker.bootstrap), names, partitions=PARTITIONS, replication=1, retention_ms=3_600_000)
    clinic = Clinic(broker.bootstrap, migrated, folder)
    yield clinic
    await clinic.producer.stop()
    if clinic.program is not None:
        await clinic.program.kill()
    await broker.kill()


def opening_events(clinic: Clinic, agency: UUID, admin: UUID) -> list[Outgoing]:
    """Return the events of members and billing that open an agency."""
    return [
        clinic.message(
            agency,
            AgencyFounded(
                name="Clinic", domain="clinic.example", cycle=BillingCycle.MONTHLY, base=9, voice=0,
                payment_method="pm_card_visa", admin_id=admin, admin_email="ada@clinic.example", admin_name="Ada",
                admin_seat_type=SeatType.BASE,
            ),
        ),
        clinic.message(
            agency,
            AccountOpened(
                customer_id=f"cus_{agency}", subscription_id=f"sub_{agency}", purchased=Seats(base=9),
                cycle=BillingCycle.MONTHLY, total=26991,
            ),
            members=1,
        ),
    ]  # fmt: skip


async def test_each_undecidable_message_is_listed_and_counted_and_its_agency_catches_up_in_order_when_resumed(
    clinic: Clinic,
) -> None:
    admins = {agency: await opened(clinic, agency) for agency in AGENCIES}
    assert clinic.program is not None

    await clinic.start(FAULTY)
    early = [clinic.login(GAP) for _ in range(PEOPLE)]
    damaged = clinic.login(UNREADABLE)
    await clinic.publish(
        Outgoing("members.events", b"no agency", b"{}", early[0].headers),
        Outgoing("members.events", str(WELL).encode(), b"{}", [("ce_id", b"\xff")]),
        clinic.message(COMMAND_FAILS, SetAutoAdd(enabled=True)),
        Outgoing(damaged.topic, damaged.key, b'{"member_id": 7', damaged.headers),
        *early[1:],
        *(clinic.login(agency) for _ in range(PEOPLE) for agency in (WELL, EVENT_FAILS, UNREADABLE)),
    )
    await clinic.until_seated(WELL, [admins[WELL], *clinic.people[WELL]])
    rows = await listed(clinic, count=2 + 1 + PEOPLE + (1 + PEOPLE) + (PEOPLE - 1))
    assert sorted(of(rows, "-")) == [
        ("quarantined", "-", "badly formed hexadecimal UUID string"),
        ("quarantined", "-", "header 'ce_subject' is missing"),
    ]
    login, behind = "members.first_login.v1", ("parked", "members.first_login.v1", "its agency is parked")
    [command] = of(rows, COMMAND_FAILS)
    assert command[:2] == ("rejected", "seats.set_auto_add.v1")
    assert re.fullmatch(r"decision: RuntimeError at faulty_release\.py:\d+", command[2])
    failed, *waiting = of(rows, EVENT_FAILS)
    assert failed == ("parked", login, command[2])
    assert waiting == [behind] * (PEOPLE - 1)
    assert of(rows, UNREADABLE) == [("parked", login, "data: : json_invalid"), *[behind] * PEOPLE]
    assert of(rows, GAP) == [("gap", login, "an earlier number of its sender has not arrived")] * (PEOPLE - 1)
    assert await clinic.deferred_counts() == {
        "quarantined": 2,
        "rejected": 1,
        "parked": 2 * PEOPLE + 1,
        "gap": PEOPLE - 1,
    }
    assert await clinic.rejections(COMMAND_FAILS) == ["internal_error"]
    assert await clinic.command("deferred", "resume", "seats", "--agency", str(EVENT_FAILS), release=FAULTY) == (
        1,
        f"{EVENT_FAILS}: parked again\n",
    )
    assert of(await listed(clinic, count=len(rows)), EVENT_FAILS) == [failed, *waiting]

    await clinic.stop()
    await clinic.start(HEADCOUNT)
    code, output = await clinic.command("deferred", "resume", "seats")
    assert (code, set(output.splitlines())) == (1, {f"{EVENT_FAILS}: caught up", f"{UNREADABLE}: parked again"})
    await clinic.until_seated(EVENT_FAILS, [admins[EVENT_FAILS], *clinic.people[EVENT_FAILS]])
    await clinic.publish(early[0])
    await clinic.until_seated(GAP, [admins[GAP], *clinic.people[GAP]])
    await clinic.publish(clinic.message(COMMAND_FAILS, SetAutoAdd(enabled=True)))
    async with asyncio.timeout(SECONDS):
        while await clinic.rejections(COMMAND_FAILS) != ["internal_error", "baa_unsigned"]:
            await asyncio.sleep(0.05)
    for agency, code in (("-", 0), (str(COMMAND_FAILS), 0), (str(UNREADABLE), 2)):
        row = next(row for row in rows if row.agency == agency)
        assert (await clinic.command("deferred", "dismiss", "seats", row.number))[0] == code, (
            "a waiting message cannot be dropped"
        )
    assert of(await listed(clinic, count=1 + PEOPLE), UNREADABLE) == of(rows, UNREADABLE)


async def opened(clinic: Clinic, agency: UUID) -> UUID:
    """Open an agency with seats for everybody, seat its first clinician, and return its admin."""
    if clinic.program is None:
        await clinic.start(HEADCOUNT)
    admin = uuid4()
    await clinic.publish(*opening_events(clinic, agency, admin), clinic.login(agency))
    await clinic.until_seated(agency, [admin, *clinic.people[agency]])
    if agency == AGENCIES[-1]:
        await clinic.stop()
    return admin


class Row(NamedTuple):
    """A row of `headcount deferred list`."""

    number: str
    kind: str
    agency: str
    type: str
    reason: str


def of(rows: Sequence[Row], agency: UUID | str) -> list[tuple[str, str, str]]:
    """Return kind, type, and reason of an agency's deferred messages, in order."""
    return [(row.kind, row.type, row.reason) for row in rows if row.agency == str(agency)]


async def listed(clinic: Clinic, count: int) -> list[Row]:
    """Wait until `headcount deferred list` prints at least `count` rows, and return them."""
    async with asyncio.timeout(SECONDS):
        while True:
            code, output = await clinic.command("deferred", "list", "seats", "--limit", "1000", "--json")
            assert code == 0, output
            found = json.loads(output)["rows"]
            if len(found) >= count:
                return [
                    Row(str(row["number"]), row["kind"], row["agency"] or "-", row["type"] or "-", row["reason"])
                    for row in found
                ]
