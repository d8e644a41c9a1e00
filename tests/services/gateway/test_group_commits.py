"""Requests of one moment share a transaction, and a bad one fails nobody else's. Cookies are a stranger's input."""

import asyncio
import base64
import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from contracts.members import SignUp
from contracts.notifier import Send
from contracts.vocabulary import ANYONE, RejectionCode, SeatType
from services.gateway.application.batcher import Batcher
from services.gateway.application.limits import Limits
from services.gateway.application.operations import Write
from services.gateway.application.ports import Caller
from services.gateway.domain.first_pick import Wish
from services.gateway.domain.own_cookies import TOKEN_CHARS
from services.gateway.domain.request_limits import Limit
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import sign_in_cookie
from tests.support.gateway_harness import GatewayHarness

POISON = "a\0b"
"""A text that Postgres takes in no column."""


def crafted(email: str, mail: str = "0" * 32) -> str:
    """A sign-in cookie that somebody made by hand."""
    return base64.urlsafe_b64encode(json.dumps([email, mail, None, False]).encode()).decode()


BROWSER_COOKIES = [
    '"a\\000b"',
    '"\\355\\240\\200"',
    "203.0.113.9",
    "x" * (TOKEN_CHARS + 1),
    '"' + "\\000" * TOKEN_CHARS + '"',
    "é" * TOKEN_CHARS,
    "z" * 6_000,
    "",
]
SIGN_IN_COOKIES = [
    crafted("a\0b@harbor.example"),
    crafted("\ud800@harbor.example"),
    crafted("Ada@harbor.example"),
    crafted("ada@harbor.example", "\0" * 32),
    crafted("a" * 1_000 + "@harbor.example"),
    base64.urlsafe_b64encode(b"[" * 1_400).decode(),
    base64.urlsafe_b64encode(b'["\\ud800","' + b"0" * 32 + b'",null,false]').decode(),
    base64.urlsafe_b64encode(b"{}").decode(),
    "not base64 at all!",
]


@pytest.mark.parametrize("cookie", BROWSER_COOKIES)
async def test_a_crafted_browser_cookie_counts_as_none_and_fails_nobody(front: GatewayHarness, cookie: str) -> None:
    await front.agency()
    headers = {b"Cookie": b"__Host-browser=" + cookie.encode("latin-1")}
    people = [{"email": f"a{n}@harbor.example"} for n in range(20)]
    asking = [front.browser().post("/api/v1/login-codes", json=person) for person in people]
    asking.insert(10, front.browser().post("/api/v1/login-codes", json={"email": "eve@x.example"}, headers=headers))
    responses = await asyncio.gather(*asking)
    assert {response.status_code for response in responses} == {202}
    assert all(len(response.cookies["__Host-browser"]) == TOKEN_CHARS for response in responses)
    names = await front.service.pool.fetch("SELECT DISTINCT caller FROM operations WHERE caller LIKE 'browser:%'")
    assert not names


@pytest.mark.parametrize("cookie", SIGN_IN_COOKIES)
async def test_a_crafted_sign_in_cookie_counts_as_none(front: GatewayHarness, cookie: str) -> None:
    assert sign_in_cookie.parse(cookie) is None
    browser = front.browser()
    headers = {b"Cookie": b"__Host-signing-in=" + cookie.encode("latin-1")}
    for page in (
        await browser.post("/login/code/resend", headers=headers),
        await browser.post("/login/code", data={"code": "0000"}, headers=headers),
        await browser.get("/login/code", headers=headers),
    ):
        assert (page.status_code, page.headers["location"]) == (303, "/login")


def test_the_sign_in_cookie_that_we_set_is_read_back() -> None:
    cookie = sign_in_cookie.new("noor+b@xn--strae-oqa.example", "/admin", Wish("Łukasz", SeatType.VOICE))
    assert sign_in_cookie.parse(sign_in_cookie.serialize(cookie)) == cookie


async def test_a_session_cookie_of_another_form_signs_nobody_in(front: GatewayHarness) -> None:
    for cookie in BROWSER_COOKIES:
        headers = {b"Cookie": b"__Host-session=" + cookie.encode("latin-1")}
        response = await front.browser().get("/api/v1/me", headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


async def test_code_requests_of_one_moment_are_recorded_without_the_one_that_postgres_rejects(
    front: GatewayHarness,
) -> None:
    codes = front.http.gateway.codes
    callers = [Caller(f"198.51.100.{n}") for n in range(20)]
    callers[7] = Caller(POISON)
    results = await asyncio.gather(
        *(codes.ask(f"ada{n}@harbor.example", caller) for n, caller in enumerate(callers)), return_exceptions=True
    )
    assert [at for at, result in enumerate(results) if isinstance(result, BaseException)] == [7]
    assert isinstance(results[7], asyncpg.PostgresError)
    assert await front.service.pool.fetchval("SELECT count(*) FROM login_codes") == 19


async def test_of_code_requests_of_one_moment_with_one_key_one_is_recorded(front: GatewayHarness) -> None:
    """A load balancer gave a gateway up and tried again: both tries were recorded together, and two codes mailed."""
    codes, caller = front.http.gateway.codes, Caller("198.51.100.1")
    results = await asyncio.gather(
        *(codes.ask("ada@harbor.example", caller, "key") for _ in range(20)), return_exceptions=True
    )
    rejected = [result.code for result in results if isinstance(result, RejectedError)]
    assert rejected == [RejectionCode.ALREADY_ANSWERED] * 19
    assert await front.service.pool.fetchval("SELECT count(*) FROM login_codes") == 1


async def test_writes_of_one_moment_are_recorded_without_the_one_that_postgres_rejects(front: GatewayHarness) -> None:
    await front.agency()
    operations = front.http.gateway.operations
    operations.patience = 0.0

    def write(caller: str) -> Write:
        command = SignUp(email="noor@harbor.example", name="Noor", seat_type=SeatType.VOICE)
        return Write(command, front.agency_id, caller, ANYONE, None, "")

    callers = [f"browser:{n}" for n in range(20)]
    callers[3] = POISON
    results = await asyncio.gather(*(operations.submit(write(caller)) for caller in callers), return_exceptions=True)
    assert [at for at, result in enumerate(results) if isinstance(result, BaseException)] == [3]
    assert [message.type for message in await front.service.published()].count(SignUp.type) == 19


async def test_any_group_is_carried_out_without_the_item_that_postgres_rejects(front: GatewayHarness) -> None:
    async def carry_out(items: list[str]) -> Sequence[str]:
        return [row[0] for row in await front.service.pool.fetch("SELECT * FROM unnest($1::text[])", items)]

    batcher: Batcher[str, str] = Batcher(carry_out)
    items = [str(n) for n in range(50)]
    items[0] = items[31] = items[49] = POISON
    results = await asyncio.gather(*(batcher.do(item) for item in items), return_exceptions=True)
    assert [at for at, result in enumerate(results) if isinstance(result, BaseException)] == [0, 31, 49]
    assert [result for result in results if isinstance(result, str)] == [item for item in items if item != POISON]


async def test_a_transient_fault_is_raised_to_the_whole_group_at_once(front: GatewayHarness) -> None:
    attempts = 0

    async def carry_out(_items: list[str]) -> Sequence[str]:
        nonlocal attempts
        attempts += 1
        raise asyncpg.exceptions.LockNotAvailableError

    batcher: Batcher[str, str] = Batcher(carry_out)
    results = await asyncio.gather(*(batcher.do(item) for item in "abcd"), return_exceptions=True)
    assert {type(result) for result in results} == {asyncpg.exceptions.LockNotAvailableError}
    assert attempts == 1


@pytest.mark.parametrize(
    ("fault", "counts"),
    [
        (asyncpg.exceptions.LockNotAvailableError("nobody's"), False),
        (ConnectionResetError(), False),
        (asyncpg.exceptions.CharacterNotInRepertoireError("the request's own"), True),
        (ValueError("the request's own"), True),
    ],
)
async def test_only_a_transient_fault_takes_a_counted_request_off_again(
    front: GatewayHarness, fault: Exception, *, counts: bool
) -> None:
    limits: Limits = front.http.gateway._limits
    subjects = ((Limit("some_kind", 1), str(uuid4())),)
    with pytest.raises(type(fault)):
        async with limits.counted(subjects):
            raise fault
    with pytest.raises(RejectedError) if counts else nullcontext():
        await limits.take(subjects)


async def test_a_mail_that_cannot_be_commanded_stands_before_no_other_mail(front: GatewayHarness) -> None:
    await front.agency()
    await front.signed_up()
    for email in ("noor@harbor.example", "ada@harbor.example"):
        await front.browser().post("/api/v1/login-codes", json={"email": email})
    for table in ("login_codes", "members"):
        await front.service.pool.execute(f"UPDATE {table} SET email = 'no address' WHERE email LIKE 'noor%'")
    assert await front.http.gateway.code_mails.run_once() == 2
    assert [message.type for message in await front.service.published()].count(Send.type) == 1
    assert await front.http.gateway.code_mails.run_once() == 0


async def test_a_cookie_that_is_an_address_opens_no_operation_of_its_network(front: GatewayHarness) -> None:
    await front.agency()
    front.http.gateway.operations.patience = 0.0
    person = {"email": "noor@harbor.example", "name": "Noor", "seatType": "voice"}
    begun = await front.browser("203.0.113.9", origin=None).post("/api/v1/signups", json=person)
    assert begun.status_code == 202
    where = begun.json()["operation"]["href"]
    stranger = front.browser("198.51.100.7")
    thief = await stranger.get(where, headers={"Cookie": "__Host-browser=203.0.113.9"})
    assert (thief.status_code, thief.json()["code"]) == (404, "unknown_operation")
    assert (await front.browser("203.0.113.9").get(where)).status_code == 200


async def test_a_caller_is_named_by_its_kind_and_no_token_is_stored() -> None:
    token = "t" * TOKEN_CHARS
    assert Caller("203.0.113.9").name == "network:203.0.113.9"
    name = Caller("203.0.113.9", token).name
    assert name.startswith("browser:")
    assert token not in name


async def test_an_attempt_reads_the_rows_of_its_own_mailbox_alone(front: GatewayHarness) -> None:
    """Nobody has to wait for the rows of other mailboxes under the same browser, and nobody reads them."""
    await front.agency()
    browser, pool = front.browser(), front.service.pool
    mail = await front.mailed(browser, "ada@harbor.example")
    for first in range(0, 48_000, 6_000):  # In parts, because a statement may take five seconds.
        await pool.execute(
            "INSERT INTO login_codes (id, browser_hash, network_hash, mailbox, email, code_hash, link_hash,"
            "   created_at, expires_at)"
            " SELECT gen_random_uuid(), c.browser_hash, c.network_hash, 'other' || n || '@harbor.example',"
            "   'other' || n || '@harbor.example', c.code_hash, sha256(n::text::bytea), c.created_at, c.expires_at"
            " FROM login_codes c, generate_series($1::int, $2::int) n WHERE c.mailbox = 'ada@harbor.example'",
            first + 1,
            first + 6_000,
        )
    await front.service.alter("ANALYZE login_codes")
    ran: list[tuple[str, tuple[object, ...]]] = []
    for connection in [await pool.acquire() for _ in range(pool.get_max_size() - 1)]:
        connection.add_query_logger(lambda record: ran.append((record.query, record.args)))
        await pool.release(connection)
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM login_codes WHERE mailbox LIKE 'other%' FOR UPDATE")
        answer = await browser.post("/api/v1/sessions", json={"email": "ada@harbor.example", "code": mail["code"]})
        assert answer.status_code == 201, answer.text
    query, arguments = next(one for one in ran if "link_hash = ANY" in one[0])
    plan = json.loads(await pool.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *arguments))
    assert 1 <= sum(rows_read(plan[0]["Plan"])) <= 3, plan


def rows_read(node: dict[str, Any]) -> list[int]:
    """How many rows each scan of the table has read, by Postgres's own counts."""
    own = [int(node["Actual Rows"] * node["Actual Loops"])] if node.get("Relation Name") == "login_codes" else []
    return own + [count for child in node.get("Plans", []) for count in rows_read(child)]


async def test_two_mailboxes_of_one_browser_have_a_code_each(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    browser = front.browser()
    ada = await front.mailed(browser, "ada@harbor.example")
    await front.mailed(browser, "noor@harbor.example")
    answer = await browser.post("/api/v1/sessions", json={"email": "ada@harbor.example", "code": ada["code"]})
    assert answer.status_code == 201


async def test_a_browser_keeps_as_many_rows_for_a_mailbox_as_it_causes_mails(front: GatewayHarness) -> None:
    browser: httpx.AsyncClient = front.browser()
    for _ in range(20):
        assert (await browser.post("/api/v1/login-codes", json={"email": "a@harbor.example"})).status_code == 202
    count = await front.service.pool.fetchval("SELECT count(*) FROM login_codes")
    assert count == front.settings.code_mails_per_browser
