"""Server-Sent Events: what an open page hears."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx

from contracts import members as facts
from contracts.billing import SubscriptionChanged
from contracts.gateway import ApiKeyCreated
from contracts.message import Seats
from contracts.seats import CapacityChanged
from contracts.vocabulary import BillingCycle, ChangedBy, Role, SeatType
from services.gateway.api.events import _event
from services.gateway.application.feed import (
    ActivityChanged,
    BillingChanged,
    MemberChanged,
    SeatsChanged,
    StartOver,
    Told,
)
from services.gateway.application.ports import Asker
from services.gateway.store_activity import Asked
from tests.support.front import Front


def asker_of(browser: httpx.AsyncClient) -> Asker:
    """Who asks from a browser that carries a session."""
    session = next(one.value for one in browser.cookies.jar if one.name == "__Host-session")
    return Asker("203.0.113.9", session=session)


async def hear(stream: AsyncIterator[Told], count: int) -> list[Told]:
    """The next things told, new lines of the log apart."""
    told: list[Told] = []
    async with asyncio.timeout(20):
        while len(told) < count:
            one = await anext(stream)
            told += [] if isinstance(one.what, ActivityChanged) else [one]
    return told


async def test_an_admin_hears_the_agency_as_soon_as_a_fact_is_projected(front: Front) -> None:
    await front.agency()
    stream = aiter(front.http.gateway.feed.listen(asker_of(await front.sign_in()), None))
    (hello,) = await hear(stream, 1)
    assert hello.what == StartOver(missed=False)
    waiting = asyncio.ensure_future(hear(stream, 1))
    await front.signed_up()
    ((told),) = await waiting
    assert isinstance(told.what, MemberChanged)
    assert told.what.member.email == "noor@harbor.example"
    await front.tell(CapacityChanged(purchased=Seats(base=9), incoming=Seats(), waiting=Seats()))
    ((seats),) = await hear(stream, 1)
    assert isinstance(seats.what, SeatsChanged)
    assert seats.what.seats.base.purchased == 9


async def test_a_clinician_hears_only_the_own_row(front: Front) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    stream = aiter(front.http.gateway.feed.listen(asker_of(await front.sign_in("noor@harbor.example")), None))
    await hear(stream, 1)
    await front.signed_up("somebody@harbor.example", "Somebody Else")
    await front.tell(CapacityChanged(purchased=Seats(base=9), incoming=Seats(), waiting=Seats()))
    await front.tell(facts.Activated(member_id=noor, seat_type=SeatType.BASE, role=Role.CLINICIAN))
    ((told),) = await hear(stream, 1)
    assert isinstance(told.what, MemberChanged)
    assert told.what.member.id == noor


async def test_an_admin_hears_of_a_new_role_and_a_demoted_one_hears_no_more_of_the_others(front: Front) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    stream = aiter(front.http.gateway.feed.listen(asker_of(await front.sign_in()), None))
    await hear(stream, 1)
    await front.tell(facts.RoleChanged(member_id=noor, before=Role.CLINICIAN, role=Role.ADMIN))
    ((told),) = await hear(stream, 1)
    assert isinstance(told.what, MemberChanged)
    assert (told.what.member.id, told.what.member.role) == (noor, Role.ADMIN)
    await front.tell(facts.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    await front.tell(facts.RoleChanged(member_id=noor, before=Role.ADMIN, role=Role.CLINICIAN))
    ((told),) = await hear(stream, 1)
    assert isinstance(told.what, MemberChanged)
    assert (told.what.member.id, told.what.member.role) == (front.admin_id, Role.CLINICIAN)


async def test_a_page_that_was_away_resumes_after_the_last_event_it_heard(front: Front) -> None:
    await front.agency()
    asker = asker_of(await front.sign_in())
    (hello,) = await hear(aiter(front.http.gateway.feed.listen(asker, None)), 1)
    missed = await front.signed_up()
    (told,) = await hear(aiter(front.http.gateway.feed.listen(asker, hello.position)), 1)
    assert isinstance(told.what, MemberChanged)
    assert told.what.member.id == missed
    await front.service.pool.execute("DELETE FROM feed")
    (over,) = await hear(aiter(front.http.gateway.feed.listen(asker, told.position)), 1)
    assert over.what == StartOver(missed=True)


async def test_a_stream_ends_with_its_session(front: Front) -> None:
    await front.agency()
    browser = await front.sign_in()
    stream = aiter(front.http.gateway.feed.listen(asker_of(browser), None))
    await hear(stream, 1)
    await browser.delete("/api/v1/sessions/current")
    await front.signed_up()
    assert [told async for told in stream] == []


async def test_an_event_carries_what_to_resume_after(front: Front) -> None:
    await front.agency()
    told = Told(StartOver(missed=False), 41)
    assert _event(told) == b'event: hello\nid: 41\ndata: {"missed":false}\n\n'
    nobody = await front.browser().get("/api/v1/events")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")


async def test_an_admin_hears_of_new_lines_of_the_log_and_of_the_plan_and_a_clinician_does_not(front: Front) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    streams = [
        aiter(front.http.gateway.feed.listen(asker_of(await front.sign_in(email)), None))
        for email in ("ada@harbor.example", "noor@harbor.example")
    ]
    for stream in streams:
        await hear(stream, 1)
    await front.tell(ApiKeyCreated(key_id=uuid4(), name="Payroll"))
    async with asyncio.timeout(20):
        told = await anext(streams[0])
    [line] = (await front.http.gateway.reading.activity(front.agency_id, Asked(), None, 1)).items
    assert told.what == ActivityChanged(line.id)
    assert _event(told).endswith(b'data: {"newest":"%d"}\n\n' % line.id)
    await front.tell(
        SubscriptionChanged(
            whose=ChangedBy.DASHBOARD, before=Seats(), after=Seats(base=4), cycle=BillingCycle.MONTHLY, total=12345
        )
    )
    ((plan),) = await hear(streams[0], 1)
    assert isinstance(plan.what, BillingChanged)
    assert b'"total":{"amount":12345,"currency":"usd"}' in _event(plan)
    await front.tell(facts.RoleChanged(member_id=noor, before=Role.CLINICIAN, role=Role.ADMIN))
    async with asyncio.timeout(20):
        first = await anext(streams[1])
    assert isinstance(first.what, ActivityChanged), "an admin from now on"
