"""A list of invitations is sent behind the request that brought it, whatever becomes of that request or its process."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from contracts.members import RoleChanged
from contracts.members_invitations import Invite
from contracts.vocabulary import Role
from services.gateway.domain.list_pause import KEPT
from tests.services.gateway.test_pages_members import signed
from tests.support.gateway_harness import GatewayHarness, gateway_on
from tests.support.visitor import Visitor

LISTS = "/api/v1/members/invitations"
IDA = {"email": "ida@elsewhere.example", "name": "Ida Invited", "seatType": "voice"}
BEN = {"email": "ben@elsewhere.example", "name": "Ben Invited", "seatType": "base"}


async def admin(front: GatewayHarness) -> httpx.AsyncClient:
    await front.agency()
    await signed(front)
    return await front.sign_in()


async def sent(browser: httpx.AsyncClient, *people: dict[str, str], key: str = "the-list") -> dict[str, Any]:
    response = await browser.post(LISTS, json={"people": list(people)}, headers={"Idempotency-Key": key})
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    assert response.headers["Location"] == f"{LISTS}/{body['id']}"
    return body


async def stopped(front: GatewayHarness, browser: httpx.AsyncClient, *people: dict[str, str]) -> dict[str, Any]:
    """Send a list while the bus is away."""
    front.stalled = 100
    body = await sent(browser, *people)
    front.stalled = 0
    return body


async def take_up(front: GatewayHarness) -> bool:
    """Look for one list that is due, and answer its invitations as members does."""
    looking = asyncio.create_task(front.http.gateway.list_sending.run_once())
    while not looking.done():
        published = asyncio.create_task(front.published(Invite))
        await asyncio.wait({looking, published}, return_when=asyncio.FIRST_COMPLETED)
        if not published.done():
            published.cancel()
            break
        command = published.result()
        await front.handle(front.invited(command.data, uuid4()), command=command.envelope.id)
    return await looking


async def test_a_list_that_an_outage_stopped_is_kept_and_goes_on_by_itself(front: GatewayHarness) -> None:
    browser = await admin(front)
    body = await stopped(front, browser, IDA, BEN)
    assert (body["total"], body["unsent"], body["invited"]) == (2, 2, [])
    person = Visitor(browser)
    await person.open(f"/admin/agency/members/invite-many/{body['id']}")
    assert "2 people not sent yet. Something on our side does not answer. The rest goes out by itself" in person.page
    await person.open("/admin/agency/members")
    assert f"/admin/agency/members/invite-many/{body['id']}" in person.page
    assert not await take_up(front), "it waits for a moment first"
    front.service.clock.advance(31)
    assert await take_up(front)
    now = (await browser.get(f"{LISTS}/{body['id']}")).json()
    assert now["invited"] == [IDA["email"], BEN["email"]]
    assert (now["unsent"], now["dueAt"]) == (0, None)
    front.service.clock.advance(31)
    assert not await take_up(front)
    await person.open("/admin/agency/members")
    assert "invite-many/" not in person.page


async def test_another_process_takes_up_the_list_of_one_that_has_ended(migrated: str) -> None:
    async with gateway_on(migrated) as first:
        # The process ends before anybody is invited.
        await stopped(first, await admin(first), IDA)
    async with gateway_on(migrated) as second:
        second.service.clock.advance(61)
        looking = asyncio.create_task(second.http.gateway.list_sending.run_once())
        assert (await second.published(Invite)).data.email == IDA["email"]
        looking.cancel()


async def test_the_rest_of_a_list_is_not_sent_for_somebody_who_is_no_admin_any_more(front: GatewayHarness) -> None:
    browser = await admin(front)
    await stopped(front, browser, IDA)
    await front.handle(RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    front.service.clock.advance(31)
    assert await take_up(front)
    assert Invite.type not in {message.type for message in await front.service.published()}
    front.service.clock.advance(3600)
    assert not await take_up(front)


async def test_a_repeated_key_is_the_same_list_and_another_body_is_refused(front: GatewayHarness) -> None:
    browser = await admin(front)
    body = await stopped(front, browser, IDA)
    front.stalled = 100
    assert (await sent(browser, IDA))["id"] == body["id"]
    other = await browser.post(LISTS, json={"people": [BEN]}, headers={"Idempotency-Key": "the-list"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    twice = await browser.post(LISTS, json={"people": [IDA, IDA]})
    assert twice.status_code == 422
    many = [IDA | {"email": f"m{number}@elsewhere.example"} for number in range(501)]
    assert (await browser.post(LISTS, json={"people": many})).status_code == 422


async def test_the_names_of_a_list_are_deleted_after_a_week_sent_or_not(front: GatewayHarness) -> None:
    browser = await admin(front)
    body = await stopped(front, browser, IDA)
    front.service.clock.advance((KEPT - timedelta(minutes=1)).total_seconds())
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM invitation_lists") == 1
    front.service.clock.advance(61)
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM invitation_lists") == 0
    again = await front.sign_in()
    assert (await again.get(f"{LISTS}/{body['id']}")).status_code == 404


async def test_a_list_is_its_senders_alone(front: GatewayHarness) -> None:
    body = await stopped(front, await admin(front), IDA)
    await front.agency(agency=uuid4(), domain="river.example")
    stranger = await front.sign_in("ada@river.example")
    assert (await stranger.get(f"{LISTS}/{body['id']}")).status_code == 404
