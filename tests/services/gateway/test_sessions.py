"""A person's own sessions: how long they live, the list of them, and ending them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from contracts.gateway import SignedIn
from contracts.members import Activated, RoleChanged, SignedUp
from contracts.vocabulary import Role, SeatType
from services.gateway.application.feed import Quiet, SignedOut, StartOver
from services.gateway.application.ports import Caller
from services.gateway.domain.session_kind import MOST_SESSIONS
from services.gateway.model.agency import Principal
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import Visitor

ADA, NOOR = "ada@harbor.example", "noor@harbor.example"
SESSIONS = "/api/v1/sessions"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"
MINUTE, HOUR = 60, 3600


def caller_of(browser: httpx.AsyncClient) -> Caller:
    token = next(cookie.value for cookie in browser.cookies.jar if cookie.name == "__Host-session")
    return Caller("203.0.113.9", session=token)


async def clinician(front: GatewayHarness) -> httpx.AsyncClient:
    """Return the browser of an Active clinician who has signed in."""
    await front.activate(await front.signed_up())
    return await front.sign_in(NOOR)


async def is_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/api/v1/me")).status_code == 200


async def background(browser: httpx.AsyncClient) -> bool:
    """Look as an open page does by itself; return whether the session lives."""
    return (await browser.get("/api/v1/me", headers={"Headcount-Background": "1"})).status_code == 200


async def test_a_session_ends_after_its_idle_time_which_is_shorter_for_an_admin(front: GatewayHarness) -> None:
    await front.agency()
    ada, noor = await front.sign_in(), await clinician(front)
    front.service.clock.advance(12 * HOUR - MINUTE)
    assert await is_in(ada)
    front.service.clock.advance(12 * HOUR - MINUTE)
    assert await is_in(ada)
    assert await is_in(noor)
    front.service.clock.advance(12 * HOUR)
    assert not await is_in(ada)
    assert await is_in(noor)
    front.service.clock.advance(24 * HOUR)
    assert not await is_in(noor)


async def test_a_session_in_daily_use_ends_after_fourteen_days(front: GatewayHarness) -> None:
    await front.agency()
    noor = await clinician(front)
    for _ in range(15):
        front.service.clock.advance(22 * HOUR)
        assert await is_in(noor)
    front.service.clock.advance(6 * HOUR)
    assert not await is_in(noor)


async def test_the_idle_time_is_that_of_the_role_that_the_member_has_now(front: GatewayHarness) -> None:
    await front.agency()
    noor_id = await front.signed_up()
    await front.activate(noor_id)
    noor = await front.sign_in(NOOR)
    front.service.clock.advance(13 * HOUR)
    assert await background(noor)
    await front.handle(RoleChanged(member_id=noor_id, before=Role.CLINICIAN, role=Role.ADMIN))
    assert not await background(noor)
    await front.handle(RoleChanged(member_id=noor_id, before=Role.ADMIN, role=Role.CLINICIAN))
    assert await background(noor)


async def test_an_open_page_and_its_stream_keep_no_session_alive(
    front: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await front.agency()
    ada = await front.sign_in()
    monkeypatch.setattr("services.gateway.application.feed.HEARTBEAT_SECONDS", 0.01)
    stream = aiter(front.http.gateway.feed.listen(replace(caller_of(ada), in_background=True), None))
    async with asyncio.timeout(20):
        assert (await anext(stream)).payload == StartOver(missed=False)
        front.service.clock.advance(11 * HOUR)
        assert (await anext(stream)).payload == Quiet()
        assert await background(ada)
        front.service.clock.advance(HOUR)
        rest = [event.payload async for event in stream]
    assert rest[-1] == SignedOut()
    assert not await is_in(ada)


async def test_requests_write_nothing_and_the_time_is_written_later_in_one_statement(front: GatewayHarness) -> None:
    await front.agency()
    ada = await front.sign_in()
    pool = front.service.pool
    stored = "SELECT last_seen_at FROM sessions"
    at_first = await pool.fetchval(stored)
    front.service.clock.advance(HOUR)
    assert await is_in(ada)
    assert await pool.fetchval(stored) == at_first
    await front.http.gateway.sessions.last_seen.write()
    assert await pool.fetchval(stored) == at_first + timedelta(seconds=HOUR)
    # An older time, as another replica may bring it, changes nothing.
    await front.http.gateway.sessions.last_seen.write()
    assert await pool.fetchval(stored) == at_first + timedelta(seconds=HOUR)


async def test_times_that_could_not_be_written_are_written_in_the_next_round(front: GatewayHarness) -> None:
    await front.agency()
    ada = await front.sign_in()
    front.service.clock.advance(HOUR)
    assert await is_in(ada)
    pool, last_seen = front.service.pool, front.http.gateway.sessions.last_seen
    await front.service.alter("ALTER TABLE sessions RENAME TO away")
    with pytest.raises(Exception, match="sessions"):
        await last_seen.write()
    await front.service.alter("ALTER TABLE away RENAME TO sessions")
    await last_seen.write()
    assert await pool.fetchval("SELECT last_seen_at - began_at FROM sessions") >= timedelta(seconds=HOUR)


async def test_the_cookie_lives_as_long_as_the_session_may(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    mail = await front.mailed(browser, ADA)
    response = await browser.post(SESSIONS, json={"email": ADA, "code": mail["code"]})
    [cookie] = [value for value in response.headers.get_list("set-cookie") if value.startswith("__Host-session=")]
    assert f"Max-Age={14 * 24 * 3600}" in cookie


async def test_a_person_sees_the_own_sessions_with_device_and_network_and_no_token(front: GatewayHarness) -> None:
    await front.agency()
    ada = await front.sign_in()
    front.service.clock.advance(HOUR)
    phone = front.browser("2001:db8:1:2::7")
    phone.headers["User-Agent"] = PHONE
    mail = await front.mailed(phone, ADA)
    token = (await phone.post(SESSIONS, json={"email": ADA, "code": mail["code"]})).cookies["__Host-session"]
    await clinician(front)
    response = await phone.get(SESSIONS)
    assert response.status_code == 200
    mine, other = response.json()["items"]
    assert (mine["current"], mine["kind"], mine["device"]) == (True, "browser", "Safari on iPhone")
    assert mine["network"] == "2001:db8:1:2::/64"
    assert (other["current"], other["network"]) == (False, "203.0.113.9")
    assert other["createdAt"] < mine["createdAt"] == mine["lastSeenAt"] < mine["expiresAt"]
    assert token not in response.text
    assert [row["current"] for row in (await ada.get(SESSIONS)).json()["items"]] == [True, False]


async def test_a_session_is_ended_by_its_id_and_its_open_stream_at_once(front: GatewayHarness) -> None:
    await front.agency()
    ada, other = await front.sign_in(), await front.sign_in()
    stream = aiter(front.http.gateway.feed.listen(caller_of(other), None))
    async with asyncio.timeout(20):
        assert (await anext(stream)).payload == StartOver(missed=False)
    ending = asyncio.ensure_future(anext(stream))
    _, row = (await ada.get(SESSIONS)).json()["items"]
    assert (await ada.delete(f"{SESSIONS}/{row['id']}")).status_code == 204
    async with asyncio.timeout(10):  # less than a heartbeat
        assert (await ending).payload == SignedOut()
    assert [event async for event in stream] == []
    assert not await is_in(other)
    assert await is_in(ada)
    again = await ada.delete(f"{SESSIONS}/{row['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_session")


async def test_ending_the_current_session_by_its_id_signs_out(front: GatewayHarness) -> None:
    await front.agency()
    ada = await front.sign_in()
    [row] = (await ada.get(SESSIONS)).json()["items"]
    response = await ada.delete(f"{SESSIONS}/{row['id']}")
    assert response.status_code == 204
    assert '__Host-session=""' in response.headers["set-cookie"]
    assert not await is_in(ada)


async def test_all_other_sessions_end_and_nobody_elses(front: GatewayHarness) -> None:
    await front.agency()
    ada, others = await front.sign_in(), [await front.sign_in() for _ in range(3)]
    noor = await clinician(front)
    assert (await ada.delete(SESSIONS)).status_code == 204
    assert [await is_in(browser) for browser in (ada, *others, noor)] == [True, False, False, False, True]


async def test_a_session_of_somebody_else_is_unknown(front: GatewayHarness) -> None:
    await front.agency()
    ada, noor = await front.sign_in(), await clinician(front)
    [row] = (await ada.get(SESSIONS)).json()["items"]
    for session_id in (row["id"], str(uuid4())):
        response = await noor.delete(f"{SESSIONS}/{session_id}")
        assert (response.status_code, response.json()["code"]) == (404, "unknown_session")
    assert await is_in(ada)


async def test_a_blocked_member_sees_and_ends_the_own_sessions(front: GatewayHarness) -> None:
    await front.agency()
    noor = await clinician(front)
    await front.service.pool.execute("UPDATE members SET status = 'blocked', plan_type = NULL WHERE email = $1", NOOR)
    assert (await noor.get(SESSIONS)).status_code == 200
    assert (await noor.delete(SESSIONS)).status_code == 204


async def test_nobody_and_no_api_key_has_sessions(front: GatewayHarness) -> None:
    await front.agency()
    await front.service.pool.execute("UPDATE agencies SET baa_signed_at = now(), baa_version = 'x'")
    ada = await front.sign_in()
    secret = (await ada.post("/api/v1/api-keys", json={"name": "Payroll"})).json()["secret"]
    program = front.browser(origin=None)
    for headers in ({}, {"Authorization": f"Bearer {secret}"}):
        for method, path in (("GET", SESSIONS), ("DELETE", SESSIONS), ("DELETE", f"{SESSIONS}/{uuid4()}")):
            response = await program.request(method, path, headers=headers)
            assert (response.status_code, response.json()["code"]) in {(401, "not_signed_in"), (404, "unknown_session")}
    assert await is_in(ada)


async def test_one_session_more_than_the_most_ends_the_one_that_began_first(front: GatewayHarness) -> None:
    await front.agency()
    browsers = []
    for _ in range(3):
        browsers.append(await front.sign_in())
        front.service.clock.advance(MINUTE)
    await front.service.pool.execute(
        "INSERT INTO sessions (id, token_hash, member_id, agency_id, kind, device, network, began_at, last_seen_at,"
        "  proven_at)"
        " SELECT gen_random_uuid(), decode(md5(n::text), 'hex'), member_id, agency_id, kind, device, network,"
        "  began_at, last_seen_at, proven_at"
        " FROM (SELECT * FROM sessions ORDER BY began_at DESC LIMIT 1) s, generate_series(1, $1) n",
        MOST_SESSIONS - 3,
    )
    browsers.append(await front.sign_in())
    assert [await is_in(browser) for browser in browsers] == [False, True, True, True]
    assert len((await browsers[1].get(SESSIONS)).json()["items"]) == MOST_SESSIONS


async def test_sessions_that_are_over_are_deleted(front: GatewayHarness) -> None:
    await front.agency()
    await front.sign_in()
    front.service.clock.advance(23 * HOUR)
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM sessions") == 1
    front.service.clock.advance(2 * HOUR)
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM sessions") == 0


async def test_a_sign_in_says_whether_the_browser_is_new_and_names_the_device(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    browser.headers["User-Agent"] = PHONE
    said: list[tuple[bool, str | None, str | None]] = []
    for _ in range(2):
        mail = await front.mailed(browser, ADA)
        assert (await browser.post(SESSIONS, json={"email": ADA, "code": mail["code"]})).status_code == 201
        event = (await front.published(SignedIn)).data
        said.append((event.new_browser, event.device, event.network))
    assert said == [(True, "Safari on iPhone", "203.0.113.9"), (False, "Safari on iPhone", "203.0.113.9")]


async def test_an_invitation_that_is_accepted_is_no_sign_in_with_a_new_browser(front: GatewayHarness) -> None:
    await front.agency()
    await front.service.pool.execute("UPDATE agencies SET baa_signed_at = now(), baa_version = 'x'")
    admin = await front.sign_in()
    await front.published(SignedIn)
    _, token = await front.invite(admin, role="admin")
    front.http.gateway.operations.patience = 0.0
    assert (await front.browser().post("/api/v1/invitations/accept", json={"token": token})).status_code == 201
    assert not (await front.published(SignedIn)).data.new_browser


async def test_the_page_lists_the_sessions_and_ends_one_and_all_others(front: GatewayHarness) -> None:
    await front.agency()
    visitor, others = Visitor(await front.sign_in()), [await front.sign_in() for _ in range(3)]
    await visitor.open("/sessions")
    assert visitor.page.count("End session") == 3
    assert "This browser, signed in now" in visitor.page
    await visitor.send("/sessions/end")
    assert "The session has ended." in visitor.page
    assert sorted([await is_in(browser) for browser in others]) == [False, True, True]
    await visitor.send("/sessions/end-others")
    assert "All other sessions have ended." in visitor.page
    assert "End session" not in visitor.page
    assert [await is_in(browser) for browser in others] == [False] * 3


async def test_the_page_says_that_a_session_has_ended_already(front: GatewayHarness) -> None:
    await front.agency()
    visitor, _ = Visitor(await front.sign_in()), await front.sign_in()
    await visitor.open("/sessions")
    await front.http.gateway.sessions.end_others(await principal_of(front, visitor))
    await visitor.send("/sessions/end")
    assert visitor.at.status_code == 404
    assert "You have no such session." in visitor.page
    response = await visitor.browser.post("/sessions/end", data={"id": "\0"}, headers={"Accept": "text/html"})
    assert response.status_code == 404


async def principal_of(front: GatewayHarness, visitor: Visitor) -> Principal:
    principal = await front.http.gateway.callers.principal(caller_of(visitor.browser))
    assert principal is not None
    return principal


async def test_a_clinician_finds_the_page_from_every_page(front: GatewayHarness) -> None:
    await front.agency()
    visitor = Visitor(await clinician(front))
    await visitor.open("/welcome")
    assert 'href="/sessions"' in visitor.page
    await visitor.open("/sessions")
    assert visitor.at.status_code == 200


async def test_a_person_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(front: GatewayHarness) -> None:
    response = await front.browser().get("/sessions", headers={"Accept": "text/html"})
    assert (response.status_code, response.headers["location"]) == (303, "/login?next=/sessions")


async def test_the_head_of_every_page_leads_a_person_of_several_agencies_to_another(front: GatewayHarness) -> None:
    await front.agency()
    alone = Visitor(await front.sign_in())
    await alone.open("/admin/agency/members")
    assert "Switch agency" not in alone.page
    await front.agency(agency=(river := uuid4()), domain="river.example")
    other = uuid4()
    await front.handle(SignedUp(member_id=other, email=ADA, name="Ada Admin", seat_type=SeatType.VOICE), agency=river)
    await front.handle(Activated(member_id=other, seat_type=SeatType.VOICE, role=Role.CLINICIAN), agency=river)
    for page in ("/admin/agency/members", "/admin/agency/activity", "/sessions"):
        await alone.open(page)
        head = alone.page.partition("<main")[0]
        assert "You also belong to" in head
        assert "Clinic of river.example" in head
    await alone.open("/admin/agency/members")
    await alone.send("/login")
    assert "Check your mail" in alone.page
