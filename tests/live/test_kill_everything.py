"""500 first logins of 20 agencies on the real thing, while every service, Kafka and Postgres are killed once.

Nothing lost, doubled, oversold or mailed twice; and each seat was paid for before it was used.
"""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from rich.console import Console

from contracts.vocabulary import Service
from deploy.local.keys import keys_of
from deploy.local.steps import Steps
from deploy.local.world import World
from tests.support.crowd import Agency, Crowd, by_agency, mails_by_subject

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.alone]

AGENCIES = 20
PEOPLE = 25
FREE = 10
"""Seats that an agency with Auto-Add OFF has free: 15 of its 25 clinicians are Blocked."""


async def killed_and_started(world: World) -> None:
    """Every service once, then Kafka, then Postgres, each started again a little later."""
    for running in world._services:
        await asyncio.sleep(2)
        await running.program.kill()
        await asyncio.sleep(1)
        running.program.start()
    for server in (world.kafka, world.postgres):
        await asyncio.sleep(3)
        await server.kill()
        await asyncio.sleep(1)
        await server.restart()


async def settled(crowd: Crowd) -> None:
    """Everybody's first login has ended."""
    async with asyncio.timeout(240):
        for agency in crowd.agencies:
            while (counts := await crowd.counts(agency))["active"] + counts["blocked"] < PEOPLE + 1:
                await asyncio.sleep(0.5)


async def quiet(world: World) -> None:
    """Nothing waits to be published or performed any more: the last mail is out."""
    left = " + ".join(f"(SELECT count(*) FROM {one}.unsent) + (SELECT count(*) FROM {one}.tasks)" for one in Service)
    db = await asyncpg.connect(world.postgres.url)
    try:
        async with asyncio.timeout(120):
            while await db.fetchval(f"SELECT {left}"):
                await asyncio.sleep(0.5)
    finally:
        await db.close()


async def said(world: World, service: Service, type_: str) -> list[Any]:
    """Every message of a type in a service's outbox, with its data read."""
    db = await asyncpg.connect(world.postgres.url)
    try:
        rows = await db.fetch(f"SELECT * FROM {service}.outbox WHERE type = $1 ORDER BY id", type_)
    finally:
        await db.close()
    return [dict(row) | {"data": json.loads(row["data"])} for row in rows]


async def set_aside(world: World) -> list[Any]:
    """What any service has set aside."""
    db = await asyncpg.connect(world.postgres.url)
    try:
        return [
            row for service in Service for row in await db.fetch(f"SELECT kind, reason, type FROM {service}.set_aside")
        ]
    finally:
        await db.close()


async def paid(world: World, subscription: str) -> list[tuple[datetime, int]]:
    """When Stripe was asked for how many Base seats of a subscription, and took it: from its request log."""
    async with httpx.AsyncClient(base_url=world.stripe.url, trust_env=False) as client:
        log = (await client.get("/_control/requests")).json()["data"]
    asked = [one for one in log if one["path"] == f"/v1/subscriptions/{subscription}" and one["method"] == "POST"]
    taken = [one for one in asked if one["status"] == 200]
    return [(datetime.fromisoformat(one["at"]), quantity_in(one["params"])) for one in taken]


def quantity_in(params: dict[str, Any]) -> int:
    """The larger of the two items' quantities: nobody here buys Voice."""
    items = params["items"]
    found = items.values() if isinstance(items, dict) else items
    return max(int(item["quantity"]) for item in found)


@pytest.fixture
def short_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADCOUNT_SESSION_TIMEOUT", "6")


async def test_nothing_is_lost_doubled_oversold_or_mailed_twice(servers_folder: Path, short_sessions: None) -> None:
    folder = servers_folder / "killed"
    folder.mkdir()
    keys = keys_of(folder)
    world = World(folder, keys)
    crowd = Crowd(world, keys.operator_key)
    try:
        await world.up(Steps(Console(quiet=True)))
        await asyncio.gather(
            *(
                crowd.open_agency(f"a{n}.example", seats=1 if n % 2 else 1 + FREE, auto_add=bool(n % 2))
                for n in range(AGENCIES)
            )
        )
        await asyncio.gather(*(crowd.sign_up(agency, PEOPLE) for agency in crowd.agencies))
        everybody = [agency.people[n] for n in range(PEOPLE) for agency in crowd.agencies]
        codes = await crowd.codes(everybody)
        killing = asyncio.create_task(killed_and_started(world))
        await crowd.sign_in(codes, pause=0.05)
        await killing
        await settled(crowd)
        await quiet(world)
        await judge(world, crowd)
    finally:
        await crowd.close()
        await world.down()


async def judge(world: World, crowd: Crowd) -> None:
    """Hold what was said against what Stripe and the mailbox saw."""
    assert await set_aside(world) == []
    logins = await said(world, Service.MEMBERS, "members.first_login.v1")
    activated = await said(world, Service.MEMBERS, "members.activated.v1")
    blocked = await said(world, Service.MEMBERS, "members.blocked.v1")
    first_time = {row["data"]["member_id"] for row in logins}
    assert len(logins) == len(first_time) == AGENCIES * PEOPLE
    ended = [row["data"]["member_id"] for row in (*activated, *blocked)]
    assert len(ended) == len(set(ended)) == AGENCIES * (PEOPLE + 1), "each ended once"
    accounts = {
        row["agency_id"]: row["data"] for row in await said(world, Service.BILLING, "billing.account_opened.v1")
    }
    purchases = by_agency(await said(world, Service.SEATS, "seats.seats_auto_added.v1"))
    founded = {
        row["data"]["domain"]: row["agency_id"]
        for row in await said(world, Service.MEMBERS, "members.agency_founded.v1")
    }
    mails = await crowd.mails()
    for agency in crowd.agencies:
        agency_id = founded[agency.domain]
        account = accounts[agency_id]
        payments = await paid(world, account["subscription_id"])
        mine = [row for row in activated if row["agency_id"] == agency_id]
        for seats, row in enumerate(mine, start=1):
            at = row["said_at"]
            bought = max([account["purchased"]["base"], *(count for when, count in payments if when <= at)])
            assert seats <= bought, f"seat {seats} of {agency.domain} was used before it was paid"
        await judge_agency(crowd, agency, payments, purchases.get(agency_id, []), mails)


async def judge_agency(
    crowd: Crowd, agency: Agency, payments: list[tuple[datetime, int]], purchases: list[Any], mails: list[Any]
) -> None:
    """One agency's people, purchases and mails."""
    counts = await crowd.counts(agency)
    added = mails_by_subject(mails, agency.admin.email, "added")
    if agency.auto_add:
        assert counts["active"] == PEOPLE + 1
        assert max(count for _, count in payments) == PEOPLE + 1, "no seat too many"
        served = [one["member_id"] for row in purchases for one in row["data"]["served"]]
        assert len(served) == len(set(served)) == PEOPLE, "nobody was bought two seats"
        assert len(added) == len(purchases), "one mail a purchase"
    else:
        assert counts["active"] == FREE + 1
        assert counts["blocked"] == PEOPLE - FREE
        assert payments == []
        assert added == set()
