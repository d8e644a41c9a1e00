"""What every request meets: the key, the origin, bad input, headers, and the bus being away."""

import asyncio
import json
from functools import partial

import httpx
import pytest

from contracts import members as events
from contracts.members import SignUp
from contracts.seats import AutoAddSet, SetAutoAdd
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import MemberStatus
from tests.support.gateway_harness import GatewayHarness


def _same(event: events.SignUpRejected, _order: SignUp) -> events.SignUpRejected:
    return event


NEW = {"email": "noor@harbor.example", "name": "Noor Haddad", "seatType": "voice"}


async def test_the_same_key_and_body_is_one_command_and_the_same_response_even_at_once(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()

    async def switch(*, enabled: bool = True) -> httpx.Response:
        return await admin.put(
            "/api/v1/settings/auto-add", json={"enabled": enabled}, headers={"Idempotency-Key": "once"}
        )

    both = [asyncio.ensure_future(switch()) for _ in range(2)]
    command = await front.published(SetAutoAdd)
    await front.handle(AutoAddSet(enabled=True), command=command.envelope.id)
    responses = [await request for request in both]
    responses.append(await switch())
    assert {(response.status_code, response.content) for response in responses} == {(200, responses[0].content)}
    assert not [message for message in await front.service.published() if message.type == SetAutoAdd.type]
    other = await switch(enabled=False)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_two_callers_with_one_key_never_meet(front: GatewayHarness) -> None:
    await front.agency()
    for network in ("198.51.100.1", "198.51.100.2"):
        asking = front.browser(network).post("/api/v1/signups", json=NEW, headers={"Idempotency-Key": "1"})
        known = events.SignUpRejected(member_id=front.admin_id, email=NEW["email"], status=MemberStatus.ACTIVE)
        assert (await front.answered(asking, SignUp, partial(_same, known))).status_code == 201


async def test_a_sign_up_repeated_with_the_same_key_is_never_limited(front: GatewayHarness) -> None:
    """While members is away, each response is 202. Another key is another sign-up."""
    await front.agency()
    gateway = front.http.gateway
    gateway.operations.patience, most = 0.0, 3
    gateway.settings = gateway.settings.model_copy(update={"sign_ups_per_network": most})

    async def sign_up(key: str) -> int:
        return (await front.browser().post("/api/v1/signups", json=NEW, headers={"Idempotency-Key": key})).status_code

    assert {await sign_up("mine") for _ in range(most + 2)} == {202}
    assert await sign_up("another") == 429
    other = await front.browser("198.51.100.1").post("/api/v1/signups", json=NEW)
    assert other.status_code == 202, "nobody uses up the sign-ups of an address"
    assert [message.type for message in await front.service.published()].count(SignUp.type) == 2


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://seats.example"])
async def test_a_write_with_a_cookie_from_another_origin_is_rejected(front: GatewayHarness, origin: str | None) -> None:
    await front.agency()
    admin = await front.sign_in()
    stranger = front.browser(origin=origin)
    stranger.cookies = admin.cookies
    response = await stranger.put("/api/v1/settings/auto-add", json={"enabled": True})
    assert (response.status_code, response.json()["code"]) == (403, "bad_origin")
    assert response.headers["content-type"] == "application/problem+json"
    assert (await stranger.get("/api/v1/me")).status_code == 200


async def test_a_program_without_cookies_needs_no_origin(front: GatewayHarness) -> None:
    response = await front.browser(origin=None).post("/api/v1/login-codes", json={"email": "a@harbor.example"})
    assert response.status_code == 202


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/signups", b"{", "body"),
        ("/api/v1/signups", b"\xff\xfe", "body"),
        ("/api/v1/signups", b"[" * 50_000, "body"),
        ("/api/v1/signups", b"null", "body"),
        ("/api/v1/signups", json.dumps({**NEW, "seatType": "gold"}).encode(), "seatType"),
        ("/api/v1/signups", json.dumps({**NEW, "email": "not an address"}).encode(), "email"),
        ("/api/v1/signups", json.dumps({**NEW, "email": "a\0b@harbor.example"}).encode(), "email"),
        ("/api/v1/signups", json.dumps({**NEW, "name": "\0"}).encode(), "name"),
        ("/api/v1/signups", json.dumps({**NEW, "name": "\ud800"}).encode(), "name"),
        ("/api/v1/signups", json.dumps({**NEW, "name": 7}).encode(), "name"),
        ("/api/v1/login-codes", b"{}", "email"),
        ("/api/v1/sessions", b"{}", "email"),
        ("/api/v1/sessions", b'{"email": "a@b.example", "code": "12345"}', "code"),
        ("/api/v1/sessions", b'{"email": "a@b.example", "code": "12a4"}', "code"),
        ("/api/v1/sessions", b'{"email": "a@b.example", "token": "0123456789abcdef"}', "token"),
    ],
)
async def test_malformed_input_is_422_with_the_field(front: GatewayHarness, path: str, body: bytes, field: str) -> None:
    response = await front.browser().post(path, content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request"), response.text
    assert field in response.json()["errors"]
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_key_that_is_too_long_is_422(front: GatewayHarness) -> None:
    response = await front.browser().post("/api/v1/signups", json=NEW, headers={"Idempotency-Key": "k" * 65})
    assert "Idempotency-Key" in response.json()["errors"]


async def test_unknown_addresses_methods_and_large_bodies_are_problems_too(front: GatewayHarness) -> None:
    browser = front.browser()
    large = await browser.post(
        "/api/v1/login-codes", content=b"x" * 70_000, headers={"Content-Type": "application/json"}
    )
    for response, status, code in (
        (await browser.get("/api/v1/nothing"), 404, "not_found"),
        (await browser.get("/api/v1/login-codes"), 405, "method_not_allowed"),
        (await browser.get("/api/v1/operations/not-an-id"), 422, "invalid_request"),
        (large, 413, "request_too_large"),
    ):
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.headers["content-type"] == "application/problem+json"


async def test_every_response_has_the_security_headers(front: GatewayHarness) -> None:
    browser = front.browser()
    for path in ("/api/v1/me", "/docs", "/openapi.json", "/nothing"):
        headers = (await browser.get(path)).headers
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"]
    cookie = (await browser.post("/api/v1/login-codes", json={"email": "a@b.example"})).headers["set-cookie"]
    for attribute in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert attribute in cookie


async def test_while_the_bus_is_away_nothing_is_recorded_and_the_response_is_503(front: GatewayHarness) -> None:
    await front.agency()
    front.stalled = 11
    for path, body in (("/api/v1/signups", NEW), ("/api/v1/login-codes", {"email": "a@harbor.example"})):
        response = await front.browser().post(path, json=body)
        assert (response.status_code, response.json()["code"]) == (503, "bus_unavailable")
    assert (await front.browser().get("/api/v1/me")).headers["headcount-degraded"] == "bus_unavailable"
    front.stalled = 0
    assert "headcount-degraded" not in (await front.browser().get("/api/v1/me")).headers
    assert await front.service.pool.fetchval("SELECT count(*) FROM operations") == 0
    assert await front.service.published() == []


async def test_while_postgres_is_away_the_response_is_503(front: GatewayHarness) -> None:
    await front.service.pool.close()
    response = await front.browser().post("/api/v1/login-codes", json={"email": "a@harbor.example"})
    assert (response.status_code, response.json()["code"]) == (503, "bus_unavailable")


async def test_the_description_names_every_route_with_its_rejections(front: GatewayHarness) -> None:
    browser = front.browser()
    published = (await browser.get("/openapi.json")).json()
    assert published["openapi"].startswith("3.1")
    for path, item in published["paths"].items():
        for method, operation in item.items():
            assert operation["description"], (method, path)
            assert "500" in operation["responses"], (method, path)
            kinds = {kind for response in operation["responses"].values() for kind in response.get("content", {})}
            assert "application/problem+json" in kinds
    refused = published["paths"]["/api/v1/settings/auto-add"]["put"]["responses"]["409"]
    assert "baa_unsigned" in refused["content"]["application/problem+json"]["examples"]
    page = await browser.get("/docs")
    assert "PUT /api/v1/settings/auto-add" in page.text
    assert "<script" not in page.text


EVENT = {
    "id": "evt_1",
    "type": "customer.subscription.updated",
    "created": 1_772_000_000,
    "data": {"object": {"object": "subscription", "id": "sub_1", "customer": "cus_1"}},
    "request": {"id": "req_1", "idempotency_key": "our-key"},
}


async def test_a_webhook_gets_200_only_after_its_event_is_on_the_bus(front: GatewayHarness) -> None:
    body = json.dumps(EVENT).encode()
    stripe = front.browser(origin=None)
    response = await stripe.post(
        "/api/v1/webhooks/stripe", content=body, headers={"Stripe-Signature": front.signature(body)}
    )
    assert response.status_code == 200
    (record,) = front.past_outbox
    assert (record.topic, record.key) == (STRIPE_EVENTS, b"cus_1")
    assert json.loads(record.value)["idempotency_key"] == "our-key"
    front.broker_down = True
    down = await stripe.post(
        "/api/v1/webhooks/stripe", content=body, headers={"Stripe-Signature": front.signature(body)}
    )
    assert (down.status_code, down.json()["code"]) == (503, "bus_unavailable")


async def test_a_webhook_with_a_wrong_or_old_signature_leaves_nothing(front: GatewayHarness) -> None:
    body = json.dumps(EVENT).encode()
    now = front.service.clock().timestamp()
    for signature in (
        "",
        "nonsense",
        front.signature(body + b" "),
        front.signature(body, secret="whsec_of_somebody_else"),
        front.signature(body, at=now - 301),
        front.signature(body, at=now + 301),
    ):
        response = await front.browser(origin=None).post(
            "/api/v1/webhooks/stripe", content=body, headers={"Stripe-Signature": signature}
        )
        assert (response.status_code, response.json()["code"]) == (400, "bad_signature")
    assert front.past_outbox == []


async def test_a_webhook_about_no_customer_gets_200_and_publishes_nothing(front: GatewayHarness) -> None:
    body = json.dumps({**EVENT, "data": {"object": {"object": "price", "id": "price_1"}}}).encode()
    headers = {"Stripe-Signature": front.signature(body)}
    assert (await front.browser().post("/api/v1/webhooks/stripe", content=body, headers=headers)).status_code == 200
    assert front.past_outbox == []


@pytest.mark.parametrize(
    "cookies", [["__Host-session=x", "theme=dark"], ["theme=dark", "__Host-session=x"], ["__Host-session =x"]]
)
async def test_our_cookie_needs_our_origin_however_it_is_spelled_or_split(
    front: GatewayHarness, cookies: list[str]
) -> None:
    headers = [("Cookie", cookie) for cookie in cookies]
    browser = front.browser(origin=None)
    response = await browser.post("/api/v1/login-codes", json={"email": "noor@harbor.example"}, headers=headers)
    assert response.status_code == 403
    assert response.json()["code"] == "bad_origin"
