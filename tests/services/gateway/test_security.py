"""Proxies, the security log, the operator's keys and listener, and the streams of one session."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from services.gateway.api.problems import refusal
from services.gateway.app import GatewayHttp, listeners
from services.gateway.application.security_log import EVENTS, LINES, OTHERS, SecurityEvent, SecurityLog
from services.gateway.domain.audience import Audience
from services.gateway.domain.stream_cap import MOST_OF_A_MEMBER, MOST_OF_A_SESSION
from services.gateway.settings import Settings
from services.gateway.texts.problems import PROBLEMS
from tests.support.gateway_harness import OPERATOR, PUBLIC, GatewayHarness
from tests.support.keys import COMMAND_KEY, OPERATOR_COMMAND_KEY
from webserver.probes import PROBES, probes
from webserver.server import Asgi, Listener, Server

PROXY = "10.0.0.1"
NEW_AGENCY = {
    "name": "Bay Clinic",
    "domain": "bay.example",
    "adminEmail": "bo@bay.example",
    "adminName": "Bo Boss",
    "cycle": "monthly",
    "base": 3,
    "voice": 1,
    "adminSeatType": "base",
    "paymentMethod": "pm_card_visa",
}


def changed(front: GatewayHarness, **settings: object) -> GatewayHttp:
    """The gateway's HTTP with other settings."""
    front.http.gateway.settings = front.settings = front.settings.model_copy(update=settings)
    front.http.gateway.callers.settings = front.settings
    front.http = GatewayHttp(front.http.gateway, front.http.app)
    return front.http


def client_of(app: Asgi, network: str = "203.0.113.9") -> httpx.AsyncClient:
    """A program that calls this listener."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(network, 4711)), base_url=PUBLIC)


def counts() -> Counter[str]:
    """The metric, by kind."""
    return Counter(
        {
            sample.labels["kind"]: int(sample.value)
            for metric in EVENTS.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        }
    )


async def networks_that_counted(front: GatewayHarness) -> set[str]:
    """The names of the callers who requested a code."""
    rows = await front.service.pool.fetch("SELECT DISTINCT caller FROM operations")
    return {row["caller"] for row in rows}


async def test_without_trusted_proxies_the_header_of_anybody_is_ignored(front: GatewayHarness) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1"}
    await front.browser(PROXY).post("/api/v1/login-codes", json={"email": "a@harbor.example"}, headers=headers)
    assert await networks_that_counted(front) == {f"network:{PROXY}"}


async def test_behind_a_trusted_proxy_every_client_is_a_network_of_its_own(front: GatewayHarness) -> None:
    changed(front, trusted_proxies=["10.0.0.0/8"])
    sent = ["198.51.100.1", "6.6.6.6, 198.51.100.2", "[2001:db8::7]:443"]
    for forwarded in sent:
        response = await front.browser(PROXY).post(
            "/api/v1/login-codes", json={"email": "a@harbor.example"}, headers={"X-Forwarded-For": forwarded}
        )
        assert response.status_code == 202
    stranger = await front.browser("203.0.113.9").post(
        "/api/v1/login-codes", json={"email": "a@harbor.example"}, headers={"X-Forwarded-For": "198.51.100.3"}
    )
    assert stranger.status_code == 202
    assert await networks_that_counted(front) == {
        "network:198.51.100.1",
        "network:198.51.100.2",
        "network:2001:db8::/64",
        "network:203.0.113.9",
    }


def test_a_trusted_proxy_that_is_no_network_is_named_before_anything_starts(
    settings_environment: dict[str, str],
) -> None:
    with pytest.raises(ValidationError, match="everybody"):
        Settings(**settings_environment, trusted_proxies="10.0.0.0/8, everybody")  # type: ignore[arg-type]
    read = Settings(**settings_environment, trusted_proxies="10.0.0.0/8, fd00::/8")  # type: ignore[arg-type]
    assert read.proxies.includes("fd00::1")
    assert Settings(**settings_environment).proxies.networks == ()  # type: ignore[arg-type]


@pytest.fixture
def settings_environment() -> dict[str, str]:
    """The settings that are required."""
    return {
        "postgres": "postgresql://localhost:5432/headcount",
        "password": "p",
        "kafka": "localhost:9092",
        "public_url": PUBLIC,
        "operator_key": OPERATOR,
        "command_keys": COMMAND_KEY,
        "operator_command_keys": OPERATOR_COMMAND_KEY,
        "pepper": "pepper-of-a-test-that-is-long-enough",
        "sealing_keys": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "stripe_webhook_secret": "w",
    }


def test_each_of_several_operator_keys_must_be_long(settings_environment: dict[str, str]) -> None:
    for wrong in ("short", f"{OPERATOR}, short", "", " , "):
        with pytest.raises(ValidationError, match="at least 16 characters"):
            Settings(**settings_environment | {"operator_key": wrong})  # type: ignore[arg-type]


async def test_several_operator_keys_are_valid_while_they_are_rolled(front: GatewayHarness) -> None:
    app = changed(front, operator_key=SecretStr(f"the-new-key-of-a-test, {OPERATOR}"))
    front.http.gateway.operations.patience = 0.0
    for key, status in ((OPERATOR, 202), ("the-new-key-of-a-test", 202), (f"the-new-key-of-a-test, {OPERATOR}", 401)):
        response = await client_of(app).post(
            "/api/v1/agencies", json=NEW_AGENCY, headers={"Authorization": f"Bearer {key}"}
        )
        assert response.status_code == status


async def test_wrong_operator_keys_are_limited_by_network_and_the_right_one_always_works(
    front: GatewayHarness,
) -> None:
    app = changed(front, wrong_operator_keys_per_network=2)
    front.http.gateway.operations.patience = 0.0
    before = counts()

    async def call(key: str, network: str) -> int:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = client_of(app, network)
        return (await client.post("/api/v1/agencies", json=NEW_AGENCY, headers=headers)).status_code

    assert [await call(f"wrong-{n}", "203.0.113.9") for n in range(4)] == [401, 401, 429, 429]
    assert await call("wrong", "198.51.100.7") == 401
    assert await call(OPERATOR, "203.0.113.9") == 202
    assert await call("", "203.0.113.9") == 401
    assert (counts() - before)["operator_key"] == 5


async def test_what_was_tried_wrongly_is_logged_with_its_network_and_never_with_the_secret(
    front: GatewayHarness,
) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    clinician = await front.sign_in("noor@harbor.example")
    stranger = front.browser("203.0.113.77")
    before = counts()
    with capture_logs() as entries:
        key = {"Authorization": "Bearer hck_secret-of-a-test"}
        assert (await stranger.get("/api/v1/me", headers=key)).status_code == 401
        assert (await stranger.get(f"/api/v1/operations/{uuid4()}", headers=key)).status_code == 404
        signed = {"Stripe-Signature": front.signature(b"{}", secret="whsec_wrong")}
        assert (await stranger.post("/api/v1/webhooks/stripe", content=b"{}", headers=signed)).status_code == 400
        code = (await front.mailed(stranger, "ada@harbor.example"))["code"]
        guess = {"email": "ada@harbor.example", "code": f"{(int(code) + 1) % 10_000:04}"}
        assert (await stranger.post("/api/v1/sessions", json=guess)).status_code == 401
        assert (await clinician.get("/api/v1/members")).status_code == 403
        assert (await clinician.get("/admin/agency/members", headers={"Accept": "text/html"})).status_code == 403
        write = await stranger.post("/api/v1/login-codes", json={}, headers={"Origin": "https://evil.example"})
        assert (write.status_code, write.json()["code"]) == (403, "bad_origin")
    noted = counts() - before
    assert noted == {"api_key": 2, "webhook_signature": 1, "code": 1, "forbidden": 2, "bad_origin": 1}
    lines = [entry for entry in entries if entry["event"] == "gateway.security"]
    assert {line["kind"] for line in lines} == set(noted)
    assert {line["network"] for line in lines} == {"203.0.113.77", "203.0.113.9"}
    assert all(line.keys() == {"event", "log_level", "kind", "network", "count"} for line in lines)
    assert "secret" not in json.dumps(lines)


def test_a_flood_of_one_network_is_one_line_and_then_its_count() -> None:
    security = SecurityLog()
    with capture_logs() as entries:
        for _ in range(1_000):
            security.note(SecurityEvent.CODE, "203.0.113.9")
        security.close()
        security.close()
    assert [(entry["network"], entry["count"]) for entry in entries] == [("203.0.113.9", 1), ("203.0.113.9", 999)]


def test_a_flood_from_many_networks_is_a_bounded_number_of_lines() -> None:
    security = SecurityLog()
    with capture_logs() as entries:
        for number in range(10_000):
            security.note(SecurityEvent.API_KEY, f"2001:db8:{number:x}::/64")
        security.close()
    assert len(entries) == LINES + 1
    assert (entries[-1]["network"], entries[-1]["count"]) == (OTHERS, 10_000 - LINES)
    assert sum(entry["count"] for entry in entries) == 10_000


async def test_what_was_counted_is_logged_when_the_process_ends() -> None:
    security = SecurityLog()
    with capture_logs() as entries:
        running = asyncio.create_task(security.run())
        await asyncio.sleep(0)
        for _ in range(3):
            security.note(SecurityEvent.FORBIDDEN, "203.0.113.9")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [entry["count"] for entry in entries] == [1, 2]


async def test_with_a_listener_of_its_own_the_operators_key_opens_nothing_in_public(front: GatewayHarness) -> None:
    public = client_of(changed(front, operator_port=0))
    operator = client_of(front.http.edge(Audience.OPERATOR))
    front.http.gateway.operations.patience = 0.0
    key = {"Authorization": f"Bearer {OPERATOR}"}
    hidden = await public.post("/api/v1/agencies", json=NEW_AGENCY, headers=key)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    opened = await operator.post("/api/v1/agencies", json=NEW_AGENCY, headers=key)
    assert opened.status_code == 202
    where = opened.headers["location"]
    assert (await operator.get(where, headers=key)).status_code == 200
    assert (await public.get(where, headers=key)).status_code == 404
    assert (await operator.get("/api/v1/me", headers=key)).status_code == 404
    assert (await public.get("/api/v1/me")).status_code == 401


async def test_probes_and_metrics_are_not_in_public(front: GatewayHarness) -> None:
    for path in PROBES:
        assert (await front.browser().get(path)).status_code == 404


async def test_each_listener_is_served_at_its_own_port(front: GatewayHarness) -> None:
    async def nothing_missing() -> list[str]:
        return []

    changed(front, operator_port=0, connections_per_network=2, trusted_proxies=["10.0.0.0/8"])
    public, operators = listeners(front.http, front.settings)
    assert [public.name, operators.name] == ["public", "operator"]
    made = [public, Listener("probes", probes(nothing_missing, nothing_missing), "127.0.0.1", 0), operators]
    assert (public.bounds.connections_per_network, public.counted_as("10.1.1.1")) == (2, None)
    assert public.counted_as("2001:db8::1") == "2001:db8::/64"
    servers = [Server(listener) for listener in made]
    running = [asyncio.create_task(server.serve()) for server in servers]
    while not all(server.started for server in servers):
        await asyncio.sleep(0)
    statuses = []
    for server in servers:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            paths = ("/readyz", "/metrics", "/api/v1/me", "/api/v1/agencies")
            statuses.append([(await client.get(path)).status_code for path in paths])
    assert statuses == [[404, 404, 401, 404], [200, 200, 404, 404], [404, 404, 404, 405]]
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*running)


@asynccontextmanager
async def served(front: GatewayHarness) -> AsyncIterator[str]:
    """The gateway behind a real server; yields its address."""
    server = Server(Listener("public", front.http, "127.0.0.1", 0))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield f"http://127.0.0.1:{server.port}"
    server.should_exit = True
    await running


async def session_cookie(front: GatewayHarness) -> str:
    """The cookie of a new session of Ada's."""
    browser = await front.sign_in()
    return "__Host-session=" + browser.cookies["__Host-session"]


async def stream(client: httpx.AsyncClient, cookie: str) -> httpx.Response:
    """A stream that is open; its response is not read."""
    request = client.build_request("GET", "/api/v1/events", headers={"Cookie": cookie})
    return await client.send(request, stream=True)


@pytest.mark.parametrize("status", [400, 408, 413, 431, 503])
def test_a_refusal_of_the_server_is_a_problem_with_a_sentence(status: int) -> None:
    problem = json.loads(refusal(status))
    assert problem["status"] == status
    assert problem["detail"] == PROBLEMS[problem["code"]].detail({})


async def test_a_stream_beyond_the_bound_is_429_until_another_one_ends(front: GatewayHarness) -> None:
    await front.agency()
    async with served(front) as base:
        one, two, three = [await session_cookie(front) for _ in range(3)]
        async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=20) as client:
            held = [await stream(client, cookie) for cookie in (one, two) for _ in range(MOST_OF_A_SESSION)]
            assert {response.status_code for response in held} == {200}
            for cookie in (one, three):
                beyond = await stream(client, cookie)
                assert (beyond.status_code, beyond.headers["retry-after"]) == (429, "30")
                assert json.loads(await beyond.aread())["code"] == "too_many_streams"
            await held.pop().aclose()
            while front.http.gateway.feed._of_members[front.admin_id] == MOST_OF_A_MEMBER:
                await asyncio.sleep(0)
            held.append(await stream(client, three))
            assert held[-1].status_code == 200
            for response in held:
                await response.aclose()
    assert not +front.http.gateway.feed._of_sessions
    assert not +front.http.gateway.feed._of_members
