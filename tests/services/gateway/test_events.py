"""Server-Sent Events: the changes that an open page gets."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx

from contracts import members as events
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
    SignedOut,
    StartOver,
    StreamEvent,
)
from services.gateway.application.ports import Caller
from services.gateway.model.activity import ActivityFilter
from tests.support.gateway_harness import GatewayHarness


def caller_of(browser: httpx.AsyncClient) -> Caller:
    """Return the caller whose browser carries a session."""
    session = next(cookie.value for cookie in browser.cookies.jar if cookie.name == "__Host-session")
    return Caller("203.0.113.9", session=session)


async def next_events(stream: AsyncIterator[StreamEvent], count: int) -> list[StreamEvent]:
    """Return the next `count` stream events, without new lines of the log."""
    events: list[StreamEvent] = []
    async with asyncio.timeout(20):
        while len(events) < count:
            event = await anext(stream)
            events += [] if isinstance(event.payload, ActivityChanged) else [event]
    return events


async def test_an_admin_gets_the_agencys_changes_as_soon_as_an_event_is_projected(front: GatewayHarness) -> None:
    await front.agency()
    stream = aiter(front.http.gateway.feed.listen(caller_of(await front.sign_in()), None))
    (hello,) = await next_events(stream, 1)
    assert hello.payload == StartOver(missed=False)
    waiting = asyncio.ensure_future(next_events(stream, 1))
    await front.signed_up()
    ((event),) = await waiting
    assert isinstance(event.payload, MemberChanged)
    assert event.payload.member.email == "noor@harbor.example"
    await front.handle(CapacityChanged(purchased=Seats(base=9), incoming=Seats(), waiting=Seats()))
    ((seats),) = await next_events(stream, 1)
    assert isinstance(seats.payload, SeatsChanged)
    assert seats.payload.seats.base.purchased == 9


async def test_a_clinician_gets_only_the_own_row(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    stream = aiter(front.http.gateway.feed.listen(caller_of(await front.sign_in("noor@harbor.example")), None))
    await next_events(stream, 1)
    await front.signed_up("somebody@harbor.example", "Somebody Else")
    await front.handle(CapacityChanged(purchased=Seats(base=9), incoming=Seats(), waiting=Seats()))
    await front.handle(events.Activated(member_id=noor, seat_type=SeatType.BASE, role=Role.CLINICIAN))
    ((event),) = await next_events(stream, 1)
    assert isinstance(event.payload, MemberChanged)
    assert event.payload.member.id == noor


async def test_an_admin_gets_a_new_role_and_a_demoted_admin_gets_no_more_of_the_others(
    front: GatewayHarness,
) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    stream = aiter(front.http.gateway.feed.listen(caller_of(await front.sign_in()), None))
    await next_events(stream, 1)
    await front.handle(events.RoleChanged(member_id=noor, before=Role.CLINICIAN, role=Role.ADMIN))
    ((event),) = await next_events(stream, 1)
    assert isinstance(event.payload, MemberChanged)
    assert (event.payload.member.id, event.payload.member.role) == (noor, Role.ADMIN)
    await front.handle(events.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    await front.handle(events.RoleChanged(member_id=noor, before=Role.ADMIN, role=Role.CLINICIAN))
    ((event),) = await next_events(stream, 1)
    assert isinstance(event.payload, MemberChanged)
    assert (event.payload.member.id, event.payload.member.role) == (front.admin_id, Role.CLINICIAN)


async def test_a_page_that_was_away_resumes_after_the_last_event_it_got(front: GatewayHarness) -> None:
    await front.agency()
    caller = caller_of(await front.sign_in())
    (hello,) = await next_events(aiter(front.http.gateway.feed.listen(caller, None)), 1)
    missed = await front.signed_up()
    (event,) = await next_events(aiter(front.http.gateway.feed.listen(caller, hello.position)), 1)
    assert isinstance(event.payload, MemberChanged)
    assert event.payload.member.id == missed
    await front.service.pool.execute("DELETE FROM feed")
    (over,) = await next_events(aiter(front.http.gateway.feed.listen(caller, event.position)), 1)
    assert over.payload == StartOver(missed=True)


async def test_a_stream_ends_with_its_session(front: GatewayHarness) -> None:
    await front.agency()
    browser = await front.sign_in()
    stream = aiter(front.http.gateway.feed.listen(caller_of(browser), None))
    await next_events(stream, 1)
    await browser.delete("/api/v1/sessions/current")
    async with asyncio.timeout(10):  # less than a heartbeat
        assert [event.payload async for event in stream] == [SignedOut()]


async def test_an_event_carries_the_position_to_resume_after(front: GatewayHarness) -> None:
    await front.agency()
    event = StreamEvent(StartOver(missed=False), 41)
    assert _event(event) == b'event: hello\nid: 41\ndata: {"missed":false}\n\n'
    nobody = await front.browser().get("/api/v1/events")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")


async def test_an_admin_gets_new_lines_of_the_log_and_the_plan_and_a_clinician_does_not(
    front: GatewayHarness,
) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    streams = [
        aiter(front.http.gateway.feed.listen(caller_of(await front.sign_in(email)), None))
        for email in ("ada@harbor.example", "noor@harbor.example")
    ]
    for stream in streams:
        await next_events(stream, 1)
    await front.handle(ApiKeyCreated(key_id=uuid4(), name="Payroll"))
    async with asyncio.timeout(20):
        event = await anext(streams[0])
    [line] = (await front.http.gateway.reading.activity(front.agency_id, ActivityFilter(), None, 1)).items
    assert event.payload == ActivityChanged(line.id)
    assert _event(event).endswith(b'data: {"newest":"%d"}\n\n' % line.id)
    await front.handle(
        SubscriptionChanged(
            whose=ChangedBy.DASHBOARD, before=Seats(), after=Seats(base=4), cycle=BillingCycle.MONTHLY, total=12345
        )
    )
    ((plan),) = await next_events(streams[0], 1)
    assert isinstance(plan.payload, BillingChanged)
    assert b'"total":{"amount":12345,"currency":"usd"}' in _event(plan)
    await front.handle(events.RoleChanged(member_id=noor, before=Role.CLINICIAN, role=Role.ADMIN))
    async with asyncio.timeout(20):
        first = await anext(streams[1])
    assert isinstance(first.payload, ActivityChanged), "an admin from now on"
