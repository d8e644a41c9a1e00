"""200 first logins of one full agency within a second, with Stripe responding in 1,000 ms, on real processes."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from contracts.vocabulary import Service
from deploy.local.keys import keys_of
from deploy.local.progress import StartupProgress
from deploy.local.world import World
from tests.support.crowd import Crowd, deferred_messages, mails_by_subject, outbox_messages

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.alone]

CROWD = 200


async def test_all_are_active_in_order_with_at_most_three_updates_and_one_mail_each(servers_folder: Path) -> None:
    folder = servers_folder / "burst"
    folder.mkdir()
    keys = keys_of(folder)
    world = World(folder, keys)
    crowd = Crowd(world, keys.operator_key)
    try:
        await world.up(StartupProgress(Console(quiet=True)))
        agency = await crowd.open_agency("burst.example", seats=1, auto_add=True)
        await crowd.sign_up(agency, CROWD)
        codes = await crowd.codes(agency.people)
        async with httpx.AsyncClient(base_url=world.stripe.url, trust_env=False) as control:
            (await control.post("/_control/latency", json={"milliseconds": 1000})).raise_for_status()
            await crowd.sign_in(codes)
            async with asyncio.timeout(120):
                while (await crowd.counts(agency))["active"] < CROWD + 1:
                    await asyncio.sleep(0.2)
            log = (await control.get("/_control/requests")).json()["data"]
        updates = [
            request
            for request in log
            if request["method"] == "POST" and re.fullmatch(r"/v1/subscriptions/\w+", request["path"])
        ]
        assert 1 <= len(updates) <= 3
        assert {update["status"] for update in updates} == {200}
        arrived = [
            row["data"]["member_id"] for row in await outbox_messages(world, Service.MEMBERS, "members.first_login.v1")
        ]
        seated = [
            row["data"]["member_id"] for row in await outbox_messages(world, Service.SEATS, "seats.seat_assigned.v1")
        ][1:]
        assert seated == arrived
        assert len(seated) == CROWD
        async with asyncio.timeout(60):
            while len(mails_by_subject(await crowd.mails(), agency.admin.email, "added")) < len(updates):
                await asyncio.sleep(0.2)
        assert len(mails_by_subject(await crowd.mails(), agency.admin.email, "added")) == len(updates)
        assert await deferred_messages(world) == []
    finally:
        await crowd.close()
        await world.down()
