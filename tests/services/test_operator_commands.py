"""The operator's commands find, show and change what they name, print tables and JSON, and leave an audit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from contracts.seats import AutoAddSet
from contracts.vocabulary import BillingCycle, Quantities, SeatType, Service
from database.postgres import connect
from services.billing.domain.snapshots import StripeCustomerSnapshot, StripeItemSnapshot, StripeSubscriptionSnapshot
from services.cli import store_status
from services.cli.commands import app
from services.cli.environment import dsn_of
from services.cli.status import troubles_of
from services.cli.stripe import differences
from tests.support.bus import Sender
from tests.support.one_service import PASSWORD

AGENCIES = [UUID(int=number) for number in (1, 2, 3)]


@pytest.fixture
def settings(migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", migrated)
    monkeypatch.setenv("HEADCOUNT_PASSWORD", PASSWORD)
    monkeypatch.setenv("HEADCOUNT_OPERATOR", "eve")


@pytest.fixture
async def gateway(settings: None) -> AsyncIterator[asyncpg.Connection[Any]]:
    db = await connect(dsn_of(Service.GATEWAY), Service.GATEWAY)
    await db.executemany(
        "INSERT INTO agencies (agency_id, name, domain, open, cycle, locale)"
        " VALUES ($1, $2, $3, true, 'monthly', 'en')",
        [(agency, f"Clinic {agency.int}", f"clinic{agency.int}.example") for agency in AGENCIES],
    )
    await db.execute(
        "INSERT INTO members (member_id, agency_id, email, mailbox, plain_address, name, plain_name, sort_key, status,"
        " role, seat_type) VALUES ($1, $2, $3, $3, $3, 'Ada', 'ada', '', 'active', 'admin', 'base')",
        uuid4(),
        AGENCIES[1],
        "ada@elsewhere.example",
    )
    yield db
    await db.close()


async def run(*arguments: str) -> tuple[int, str]:
    result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    return result.exit_code, result.output


async def rows(*arguments: str) -> list[dict[str, Any]]:
    code, output = await run(*arguments, "--json")
    assert code == 0, output
    found: list[dict[str, Any]] = json.loads(output)["rows"]
    return found


@pytest.mark.parametrize("text", ["clinic2.example", "ADA@elsewhere.example", "clinic 2", "cus_2", "sub_2"])
async def test_an_agency_is_found_by_whatever_is_known_of_it(gateway: asyncpg.Connection[Any], text: str) -> None:
    db = await connect(dsn_of(Service.BILLING), Service.BILLING)
    await db.execute(
        "INSERT INTO accounts (agency_id, customer_id, subscription_id, base, voice, cycle, total)"
        " VALUES ($1, 'cus_2', 'sub_2', 1, 0, 'monthly', 2999)",
        AGENCIES[1],
    )
    await db.close()
    assert [row["agency"] for row in await rows("agency", "find", text)] == [str(AGENCIES[1])]
    code, shown = await run("agency", "show", str(AGENCIES[1]), "--json")
    assert (code, json.loads(shown)["customer_id"], json.loads(shown)["name"]) == (0, "cus_2", "Clinic 2")


@pytest.mark.parametrize("text", ["nobody.example", "%", "_", "cus_none"])
async def test_a_search_without_a_hit_says_so(gateway: asyncpg.Connection[Any], text: str) -> None:
    if text in {"%", "_"}:
        assert len(await rows("agency", "find", text)) == 3, "the beginning of every name"
    else:
        assert await run("agency", "find", text) == (0, "No agency is found.\n")
    assert (await run("agency", "show", str(uuid4())))[0] == 1


async def test_agencies_are_listed_in_pages_that_miss_none(gateway: asyncpg.Connection[Any]) -> None:
    code, first = await run("agency", "list", "--limit", "2", "--json")
    page = json.loads(first)
    assert (code, [row["agency"] for row in page["rows"]]) == (0, [str(agency) for agency in AGENCIES[:2]])
    rest = await rows("agency", "list", "--limit", "2", "--after", page["next"])
    assert [row["agency"] for row in rest] == [str(AGENCIES[2])]
    code, table = await run("agency", "list", "--limit", "2")
    assert f"More: --after {AGENCIES[1]}" in table
    assert str(AGENCIES[0]) in table, "an id is never cut"


@pytest.mark.usefixtures("settings")
async def test_a_waiting_task_is_listed_shown_and_made_due_and_the_audit_says_by_whom() -> None:
    task, leased, done = uuid4(), uuid4(), uuid4()
    db = await connect(dsn_of(Service.BILLING), Service.BILLING)
    for id_, lease in ((task, None), (leased, uuid4())):
        await db.execute(
            "INSERT INTO tasks (id, agency_id, lane, kind, payload, correlation_id, actor, recorded_at, run_at, tries,"
            " lease, last_reason) VALUES ($1, $2, 'a', 'read', $4, $1, 'system', now(), now() + interval '1 hour', 3,"
            " $3, 'Unavailable')",
            id_,
            AGENCIES[0],
            lease,
            {"subscription": "sub_1"},
        )
    try:
        listed = await rows("tasks", "list", "billing", "--agency", str(AGENCIES[0]))
        assert [(row["id"], row["tries"], row["reason"]) for row in listed] == [
            (str(task), 3, "Unavailable"),
            (str(leased), 3, "Unavailable"),
        ]
        assert (await rows("tasks", "list", "billing", "--agency", str(AGENCIES[1]))) == []
        assert "sub_1" in (await run("tasks", "show", "billing", str(task)))[1]
        assert (await run("tasks", "show", "billing", str(done)))[0] == 2
        assert await run("tasks", "retry", "billing", str(task), "--dry-run") == (0, f"{task} would be due now.\n")
        assert not await db.fetchval("SELECT run_at <= now() FROM tasks WHERE id = $1", task)
        assert not await db.fetchval("SELECT count(*) FROM operator_commands")
        code, output = await run("tasks", "retry", "billing", str(task), str(leased), str(done))
        assert (code, output.splitlines()[0]) == (1, f"{task} is due now.")
        assert "2 are done, are being tried, or are due already." in output
        assert await db.fetchval("SELECT run_at <= now() FROM tasks WHERE id = $1", task)
        assert not await db.fetchval("SELECT run_at <= now() FROM tasks WHERE id = $1", leased)
        noted = await db.fetchrow("SELECT operator, command, arguments FROM operator_commands")
        assert tuple(noted or ()) == ("eve", "tasks retry", [str(task)])
    finally:
        await db.close()


@pytest.mark.usefixtures("settings")
async def test_the_state_of_a_service_counts_what_waits_and_finds_the_oldest() -> None:
    db = await connect(dsn_of(Service.SEATS), Service.SEATS)
    try:
        empty = await store_status.state(db)
        assert (empty["tasks"], empty["outbox_seconds"], empty["relayed"], empty["parked"]) == (0, None, False, 0)
        assert str(empty["schema"]).startswith("service/")
        await db.execute(
            "INSERT INTO tasks (id, agency_id, lane, kind, payload, correlation_id, actor, recorded_at, run_at, tries,"
            " first_tried_at, last_reason) VALUES (gen_random_uuid(), $1, 'a', 'k', '{}', $1, 'system', now(), now(),"
            " 1, now() - interval '90 seconds', 'Unavailable')",
            AGENCIES[0],
        )
        await db.execute("INSERT INTO actors (agency_id, parked_at) VALUES ($1, now())", AGENCIES[0])
        found = await store_status.state(db)
        assert (found["tasks"], found["parked"], found["last_error"]) == (1, 1, "Unavailable")
        assert found["failing_seconds"] in range(90, 120)
    finally:
        await db.close()


DEFERRED = (
    (0, "rejected", None),
    (0, "rejected", None),
    (1, "parked", 1),
    (1, "parked", 2),
    (2, "parked", 1),
    (None, "quarantined", None),
)
"""Agency, kind and number of messages that seats has deferred. None of these can be decided."""


@pytest.fixture
async def numbers(settings: None) -> AsyncIterator[list[int]]:
    """The numbers of the deferred messages."""
    db = await connect(dsn_of(Service.SEATS), Service.SEATS)
    stored = [
        await db.fetchval(
            "INSERT INTO deferred_messages (agency_id, kind, reason, type, topic, kafka_partition, kafka_offset,"
            " headers, value, at, sender, seq) VALUES ($1, $2, 'KeyError', 'late.v1', 't', 0, $3,"
            ' \'[["ce_id", "1"]]\','
            " '{}', now(), 'members', $4) RETURNING id",
            None if agency is None else AGENCIES[agency],
            kind,
            place,
            seq,
        )
        for place, (agency, kind, seq) in enumerate(DEFERRED)
    ]
    for agency, waiting in ((1, 2), (2, 1)):
        await db.execute(
            "INSERT INTO actors (agency_id, parked_at, waiting) VALUES ($1, now(), $2)", AGENCIES[agency], waiting
        )
    yield stored
    await db.close()


async def test_deferred_messages_are_listed_in_pages_and_by_agency_and_kind(numbers: list[int]) -> None:
    code, output = await run("deferred", "list", "seats", "--limit", "4", "--json")
    page = json.loads(output)
    assert (code, [row["number"] for row in page["rows"]], page["next"]) == (0, numbers[:4], str(numbers[3]))
    rest = await rows("deferred", "list", "seats", "--after", page["next"])
    assert [(row["number"], row["kind"], row["agency"]) for row in rest] == [
        (numbers[4], "parked", str(AGENCIES[2])),
        (numbers[5], "quarantined", None),
    ]
    mine = await rows("deferred", "list", "seats", "--agency", str(AGENCIES[1]), "--kind", "parked")
    assert [row["number"] for row in mine] == numbers[2:4]
    assert await rows("deferred", "list", "seats", "--agency", str(AGENCIES[1]), "--kind", "gap") == []
    shown = json.loads((await run("deferred", "show", "seats", str(numbers[0]), "--json"))[1])
    assert (shown["kind"], shown["headers"], shown["data"]) == ("rejected", {"ce_id": "1"}, "{}")


async def test_agencies_with_deferred_messages_and_parked_ones_are_listed_in_pages(numbers: list[int]) -> None:
    first = json.loads((await run("deferred", "agencies", "seats", "--limit", "2", "--json"))[1])
    counts = [(row["agency"], row["rejected"], row["parked"], row["gap"]) for row in first["rows"]]
    assert counts == [(str(AGENCIES[0]), 2, 0, 0), (str(AGENCIES[1]), 0, 2, 0)]
    last = await rows("deferred", "agencies", "seats", "--after", first["next"])
    assert [(row["agency"], row["parked"]) for row in last] == [(str(AGENCIES[2]), 1)]
    parked = json.loads((await run("parked", "seats", "--limit", "1", "--json"))[1])
    [row] = parked["rows"]
    assert (row["agency"], row["waiting"], row["number"]) == (str(AGENCIES[1]), 2, numbers[2])
    assert [row["agency"] for row in await rows("parked", "seats", "--after", parked["next"])] == [str(AGENCIES[2])]
    assert await run("parked", "members") == (0, "No agency is parked.\n")


async def test_many_messages_are_dismissed_at_once_none_that_waits_and_none_in_a_dry_run(numbers: list[int]) -> None:
    assert (await run("deferred", "dismiss", "seats"))[0] == 2, "nothing is named"
    both = ("deferred", "dismiss", "seats", "--agency", str(AGENCIES[0]))
    assert await run(*both, "--dry-run") == (0, "Would be dismissed: 2.\n")
    assert len(await rows("deferred", "list", "seats")) == len(numbers)
    assert await run(*both) == (0, "Dismissed: 2.\n")
    assert await run("deferred", "dismiss", "seats", "--kind", "parked") == (0, "Dismissed: 0.\n")
    code, output = await run("deferred", "dismiss", "seats", str(numbers[2]), str(numbers[5]))
    assert (code, output) == (
        2,
        f"seats has no message {numbers[2]} that may be dismissed. Dismissed: 1.\n",
    )
    assert await run("deferred", "dismiss", "seats", "--all") == (0, "Dismissed: 0.\n")
    assert [row["number"] for row in await rows("deferred", "list", "seats")] == numbers[2:5], "what waits"
    db = await connect(dsn_of(Service.SEATS), Service.SEATS)
    noted = await db.fetch("SELECT operator, command, arguments FROM operator_commands ORDER BY at")
    await db.close()
    assert [tuple(row) for row in noted] == [
        ("eve", "deferred dismiss", [str(number) for number in numbers[:2]]),
        ("eve", "deferred dismiss", [str(numbers[5])]),
    ]


async def test_a_dry_run_of_resume_names_the_parked_agencies_and_resumes_none(numbers: list[int]) -> None:
    code, output = await run("deferred", "resume", "seats", "--dry-run")
    assert (code, output.splitlines()) == (0, [f"{agency}: would be resumed" for agency in AGENCIES[1:]])
    named = ("--agency", str(AGENCIES[2]), "--agency", str(AGENCIES[0]))
    assert (await run("deferred", "resume", "seats", *named, "--dry-run"))[1] == f"{AGENCIES[2]}: would be resumed\n"
    assert len(await rows("parked", "seats")) == 2


async def test_an_operation_is_told_across_services_in_order(gateway: asyncpg.Connection[Any]) -> None:
    operation, agency = uuid4(), AGENCIES[0]
    record = Sender().record(AutoAddSet(enabled=True), agency, correlation_id=operation)
    headers = json.dumps({name: (value or b"").decode() for name, value in record.headers})
    for service, seconds in ((Service.SEATS, 2), (Service.MEMBERS, 1)):
        db = await connect(dsn_of(service), service)
        await db.execute(
            "INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)"
            " VALUES ($1, $2, $3, 1, $4, '{}', now() + make_interval(secs => $5))",
            agency,
            f"{service}.events",
            f"{service}.something.v1",
            headers,
            seconds,
        )
        await db.execute(
            "INSERT INTO deferred_messages (agency_id, kind, reason, type, topic, kafka_partition, kafka_offset,"
            " headers, at) VALUES ($1, 'parked', 'KeyError', 'late.v1', 't', 0, 0, $2, now())",
            agency,
            json.dumps([["ce_correlationid", str(operation)]]).encode(),
        )
        await db.close()
    code, output = await run("operation", "show", str(operation))
    assert code == 1
    assert "--agency" in output, "no request began it"
    story = await rows("operation", "show", str(operation), "--agency", str(agency))
    assert [row["what"] for row in story] == ["deferred late.v1"] * 2 + ["members.something.v1", "seats.something.v1"]
    assert await rows("operation", "show", str(uuid4()), "--agency", str(agency)) == []


def test_a_difference_from_stripe_is_shown_field_by_field() -> None:
    snapshot = StripeSubscriptionSnapshot(
        id="sub_1",
        status="active",
        cycle=BillingCycle.MONTHLY,
        items={SeatType.BASE: StripeItemSnapshot(id="si_1", quantity=3, price="price_1", tiers=())},
        operation=None,
        latest_invoice=None,
        customer=StripeCustomerSnapshot("cus_1"),
    )
    account = {"customer_id": "cus_1", "base": 2, "voice": 0, "cycle": "monthly", "status": "active"}
    found = differences(account, snapshot)
    assert snapshot.quantities == Quantities(3, 0)
    assert [row["field"] for row in found if row["billing"] != row["stripe"]] == ["base"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, None),
        ({"relayed": False}, "no replica publishes"),
        ({"outbox_seconds": 31}, "for 31 s"),
        ({"lag": 1001}, "1001 records"),
        ({"parked": 2}, "2 agencies are parked: headcount parked seats"),
        ({"refused": 1}, "headcount refused list seats"),
        ({"to_look_at": 3}, "3 messages failed"),
        ({"gaps": 1}, "requested again by themselves"),
        ({"failing_seconds": 60}, "headcount tasks list seats"),
    ],
)
def test_the_status_names_each_trouble_and_what_to_do(state: dict[str, object], words: str | None) -> None:
    well = {"relayed": True, "outbox_seconds": None, "lag": 5, "parked": 0, "refused": 0, "to_look_at": 0, "gaps": 0}
    troubles = troubles_of(Service.SEATS, {**well, "failing_seconds": None, **state})
    assert len(troubles) == (0 if words is None else 1)
    assert all(words is not None and words in trouble for trouble in troubles)
