"""Bearer tokens of extensions and apps: what they open, how they end, and which origins may send them from a page."""

import asyncio
import html
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError

from contracts.gateway import SignedIn
from contracts.notifier import Send
from contracts.seats import SeatSwapped
from contracts.vocabulary import SeatType
from hosting.sealing import Sealing
from services.gateway.application.feed import MemberChanged, SignedOut, StartOver
from services.gateway.application.ports import Caller
from services.gateway.settings import Settings
from tests.support.gateway_harness import EXTENSION, PUBLIC, GatewayHarness
from tests.support.routes import described, routes

ADA, NOOR = "ada@harbor.example", "noor@harbor.example"
SESSIONS, CODES, ME, EVENTS = "/api/v1/sessions", "/api/v1/login-codes", "/api/v1/me", "/api/v1/events"
OPEN = {("GET", "/me"), ("GET", "/events"), ("DELETE", "/sessions/current")}

DAY = 24 * 3600


def program(front: GatewayHarness, token: str | None = None, *, origin: str | None = None) -> httpx.AsyncClient:
    """An extension or app, with its token once it has one."""
    client = front.browser(origin=origin)
    if token is not None:
        client.headers["Authorization"] = f"Bearer {token}"
    return client


async def signed_in(front: GatewayHarness, email: str = NOOR, *, origin: str | None = None) -> httpx.Response:
    """Sign in as an extension does: a code for its own token, and no cookie in either direction."""
    client = program(front, origin=origin)
    asked = await client.post(CODES, json={"email": email, "tokenType": "bearer"})
    assert (asked.status_code, asked.headers.get("set-cookie")) == (202, None), asked.text
    await front.http.gateway.code_mails.run_once()
    code = (await mailed(front, email))["code"]
    proof = {"email": email, "code": code, "tokenType": "bearer", "browserToken": asked.json()["browserToken"]}
    response = await client.post(SESSIONS, json=proof)
    assert (response.status_code, response.headers.get("set-cookie")) == (201, None), response.text
    return response


async def mailed(front: GatewayHarness, email: str) -> dict[str, str]:
    sealed = (await front.published(Send, to=email)).data.sealed
    return Sealing(front.settings.sealing_keys).open(sealed)


async def clinician(front: GatewayHarness) -> str:
    """Return the bearer token of an Active clinician."""
    await front.agency()
    await front.activate(await front.signed_up())
    token: str = (await signed_in(front)).json()["bearerToken"]
    return token


async def test_an_extension_signs_in_with_a_code_and_reads_the_seat_type(front: GatewayHarness) -> None:
    await front.agency()
    await front.activate(await front.signed_up())
    response = await signed_in(front)
    assert response.json()["bearerToken"].startswith("hcs_")
    assert response.json()["browserToken"]
    me = await program(front, response.json()["bearerToken"]).get(ME)
    assert (me.status_code, me.json()["member"]["planType"]) == (200, "voice")


async def test_a_code_of_an_extension_works_with_its_browser_token_alone(front: GatewayHarness) -> None:
    await front.agency()
    client = program(front)
    token = (await client.post(CODES, json={"email": ADA, "tokenType": "bearer"})).json()["browserToken"]
    await front.http.gateway.code_mails.run_once()
    proof = {"email": ADA, "code": (await mailed(front, ADA))["code"], "tokenType": "bearer"}
    for other in ({}, {"browserToken": "x" * 43}):
        response = await program(front).post(SESSIONS, json=proof | other)
        assert (response.status_code, response.json()["code"]) == (401, "invalid_code")
    assert (await client.post(SESSIONS, json=proof | {"browserToken": token})).status_code == 201


async def test_an_extension_signs_in_with_the_link_and_is_known_from_then_on(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    link = (await front.mailed(browser, ADA))["link"].rpartition("/")[2]
    first = (await program(front).post(SESSIONS, json={"token": link, "tokenType": "bearer"})).json()
    assert (await front.published(SignedIn)).data.new_browser
    link = (await front.mailed(browser, ADA))["link"].rpartition("/")[2]
    proof = {"token": link, "tokenType": "bearer", "browserToken": first["browserToken"]}
    again = (await program(front).post(SESSIONS, json=proof)).json()
    assert not (await front.published(SignedIn)).data.new_browser
    assert again["browserToken"] == first["browserToken"]
    assert again["bearerToken"] != first["bearerToken"]


async def test_a_bearer_sign_in_leaves_the_session_of_the_browser_alone(front: GatewayHarness) -> None:
    await front.agency()
    ada = await front.sign_in()
    link = (await front.mailed(ada, ADA))["link"].rpartition("/")[2]
    response = await ada.post(SESSIONS, json={"token": link, "tokenType": "bearer"})
    assert (response.status_code, response.headers.get("set-cookie")) == (201, None)
    assert [row["kind"] for row in (await ada.get(SESSIONS)).json()["items"]] == ["browser", "extension"]


async def test_the_token_is_given_once_and_stored_as_a_hash(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    link = (await front.mailed(browser, ADA))["link"].rpartition("/")[2]
    proof, headers = {"token": link, "tokenType": "bearer", "browserToken": "b" * 43}, {"Idempotency-Key": "once"}
    first = await program(front).post(SESSIONS, json=proof, headers=headers)
    again = await program(front).post(SESSIONS, json=proof, headers=headers)
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, "already_answered")
    token = first.json()["bearerToken"]
    rows = str(await front.service.pool.fetch("SELECT to_jsonb(s) FROM sessions s"))
    assert rows
    assert token not in rows
    assert token.removeprefix("hcs_") not in rows


async def test_a_key_that_stood_for_a_cookie_stands_for_no_bearer_token(front: GatewayHarness) -> None:
    await front.agency()
    browser, headers = front.browser(), {"Idempotency-Key": "once"}
    link = (await front.mailed(browser, ADA))["link"].rpartition("/")[2]
    assert (await browser.post(SESSIONS, json={"token": link}, headers=headers)).status_code == 201
    other = {"token": link, "tokenType": "bearer", "browserToken": browser.cookies["__Host-browser"]}
    response = await program(front).post(SESSIONS, json=other, headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_bearer_token_opens_no_other_call(front: GatewayHarness) -> None:
    await front.agency()
    extension = program(front, (await signed_in(front, ADA)).json()["bearerToken"])
    closed = [route for route in routes() if route not in OPEN and described()[route].get("security")]
    assert closed
    for method, path in closed:
        response = await extension.request(method, f"/api/v1{path.format_map(Ids())}")
        assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope"), (method, path)
    for path in ("/", "/welcome", "/sessions", "/admin/agency/members"):
        assert (await extension.get(path, headers={"Accept": "text/html"})).status_code == 403, path


class Ids(dict[str, str]):
    """An id for every parameter of a path."""

    def __missing__(self, _name: str) -> str:
        return str(uuid4())


async def test_a_bearer_token_is_no_cookie_and_a_cookie_is_no_bearer_token(front: GatewayHarness) -> None:
    token = await clinician(front)
    browser = front.browser()
    for value in (token, token.removeprefix("hcs_")):
        assert (await browser.get(ME, headers={"Cookie": f"__Host-session={value}"})).status_code == 401
    noor = await front.sign_in(NOOR)
    cookie = noor.cookies["__Host-session"]
    for secret in (cookie, f"hcs_{cookie}"):
        assert (await program(front, secret).get(ME)).status_code == 401


async def test_signing_out_ends_the_token_and_nothing_else(front: GatewayHarness) -> None:
    token = await clinician(front)
    noor = await front.sign_in(NOOR)
    client = program(front, token)
    assert (await client.delete(f"{SESSIONS}/current")).status_code == 204
    response = await client.get(ME)
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
    assert "its session has ended" in response.json()["detail"]
    assert (await noor.get(ME)).status_code == 200


async def test_a_token_is_listed_and_ended_like_every_session(front: GatewayHarness) -> None:
    token = await clinician(front)
    noor = await front.sign_in(NOOR)
    _, row = (await noor.get(SESSIONS)).json()["items"]
    assert (row["kind"], row["current"]) == ("extension", False)
    assert (await noor.delete(f"{SESSIONS}/{row['id']}")).status_code == 204
    assert (await program(front, token).get(ME)).status_code == 401


async def test_a_token_has_the_durations_of_every_session(front: GatewayHarness) -> None:
    token = await clinician(front)
    front.service.clock.advance(DAY - 60)
    assert (await program(front, token).get(ME)).status_code == 200
    front.service.clock.advance(DAY)
    assert (await program(front, token).get(ME)).status_code == 401


async def test_the_stream_of_a_token_has_the_own_row_alone_an_admins_too(front: GatewayHarness) -> None:
    await front.agency()
    token = (await signed_in(front, ADA)).json()["bearerToken"]
    stream = aiter(front.http.gateway.feed.listen(Caller("203.0.113.9", bearer=token, in_background=True), None))
    async with asyncio.timeout(20):
        assert (await anext(stream)).payload == StartOver(missed=False)
        await front.signed_up()
        await front.handle(SeatSwapped(member_id=front.admin_id, before=SeatType.BASE, seat_type=SeatType.VOICE))
        payload = (await anext(stream)).payload
    assert isinstance(payload, MemberChanged)
    assert (payload.member.id, payload.member.plan_type) == (front.admin_id, SeatType.VOICE)
    await program(front, token).delete(f"{SESSIONS}/current")
    async with asyncio.timeout(10):
        assert [event.payload async for event in stream] == [SignedOut()]


# ---- CORS ----


async def preflight(front: GatewayHarness, path: str, method: str = "GET", origin: str = EXTENSION) -> httpx.Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    return await front.browser(origin=origin).options(path, headers=asked)


def cors(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def test_the_preflight_of_a_listed_origin_is_answered_for_the_calls_of_a_token(front: GatewayHarness) -> None:
    calls = ((ME, "GET"), (EVENTS, "GET"), (SESSIONS, "POST"), (CODES, "POST"), (f"{SESSIONS}/current", "DELETE"))
    for path, method in calls:
        response = await preflight(front, path, method)
        assert response.status_code == 204
        assert response.headers["access-control-allow-origin"] == EXTENSION
        assert response.headers["access-control-allow-methods"] == method
        assert "authorization" in response.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in response.headers
        assert response.headers["vary"] == "Origin"


async def test_no_other_call_is_open_to_a_listed_origin(front: GatewayHarness) -> None:
    for path in ("/api/v1/members", "/api/v1/seats", "/api/v1/sessions/x", "/welcome", "/api/v1"):
        assert cors(await preflight(front, path)) == {}
        assert cors(await front.browser(origin=EXTENSION).get(path)) == {}


async def test_an_origin_that_is_not_listed_reads_nothing_but_learns_that_responses_vary(
    front: GatewayHarness,
) -> None:
    for origin in ("https://evil.example", "null", EXTENSION.upper(), f"{EXTENSION}/", PUBLIC):
        assert cors(await preflight(front, ME, origin=origin)) == {}
        response = await front.browser(origin=origin).get(ME)
        assert cors(response) == {}
        assert "Origin" in response.headers["vary"]


async def test_a_listed_origin_signs_in_reads_and_signs_out_from_its_page(front: GatewayHarness) -> None:
    await front.agency()
    await front.activate(await front.signed_up())
    response = await signed_in(front, origin=EXTENSION)
    assert response.headers["access-control-allow-origin"] == EXTENSION
    client = program(front, response.json()["bearerToken"], origin=EXTENSION)
    me = await client.get(ME)
    assert (me.status_code, me.headers["access-control-allow-origin"]) == (200, EXTENSION)
    ended = await client.delete(f"{SESSIONS}/current")
    assert (ended.status_code, ended.headers["access-control-allow-origin"]) == (204, EXTENSION)
    # Problems are readable too.
    rejected = await client.get(ME)
    assert (rejected.status_code, rejected.headers["access-control-allow-origin"]) == (401, EXTENSION)


async def test_a_listed_origin_gets_no_cookie_and_may_send_none(front: GatewayHarness) -> None:
    await front.agency()
    ada = await front.sign_in()
    page = front.browser(origin=EXTENSION)
    plain = await page.post(CODES, json={"email": ADA})
    assert (plain.status_code, plain.headers.get("set-cookie")) == (202, None)
    page.cookies = ada.cookies
    for method, path in (("POST", CODES), ("POST", SESSIONS), ("DELETE", f"{SESSIONS}/current")):
        response = await page.request(method, path, json={"email": ADA})
        assert (response.status_code, response.json()["code"]) == (403, "bad_origin")
        assert cors(response) == {}
    assert cors(await page.get(ME)) == {}
    assert (await ada.get(ME)).status_code == 200


async def test_another_origin_still_writes_nothing(front: GatewayHarness) -> None:
    for origin in ("https://evil.example", "null"):
        response = await front.browser(origin=origin).post(CODES, json={"email": ADA})
        assert (response.status_code, response.json()["code"]) == (403, "bad_origin")
    response = await front.browser(origin=EXTENSION).post(
        "/api/v1/signups", json={"email": NOOR, "name": "Noor Haddad", "seatType": "base"}
    )
    assert (response.status_code, response.json()["code"]) == (403, "bad_origin")


def test_origins_are_listed_with_commas_and_none_is_the_default(front: GatewayHarness) -> None:
    known = front.settings.model_dump(exclude={"cors_origins"})
    assert Settings(**known).cors_origins == frozenset()
    both = Settings(**known, cors_origins="https://app.example, chrome-extension://abc,")  # type: ignore[arg-type]
    assert both.cors_origins == {"https://app.example", "chrome-extension://abc"}
    for wrong in ("*", "https://app.example/", "null", "http://app.example"):
        with pytest.raises(ValidationError, match="exact origins"):
            Settings(**known, cors_origins=wrong)  # type: ignore[arg-type]


def test_a_session_lives_for_a_day_idle_an_admins_for_half_a_day_and_none_longer_than_two_weeks(
    front: GatewayHarness,
) -> None:
    lives = front.settings.session_lives
    assert (lives.clinician.idle, lives.admin.idle) == (timedelta(hours=24), timedelta(hours=12))
    assert lives.clinician.whole == lives.admin.whole == timedelta(days=14)


async def test_the_page_for_authors_of_extensions_is_linked_from_the_description_and_has_the_whole_example(
    front: GatewayHarness,
) -> None:
    browser = front.browser()
    assert 'href="/docs/extension"' in (await browser.get("/docs")).text
    page, script = await browser.get("/docs/extension"), await browser.get("/docs/extension.js")
    assert (page.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert html.escape(script.text) in page.text
    assert "insufficient_scope" in page.text
