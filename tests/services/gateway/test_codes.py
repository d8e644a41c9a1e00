"""Codes, their limits, and what a stranger learns from asking."""

import asyncio

import httpx

from contracts import members as events
from contracts.gateway import CodesLimited
from contracts.notifier import Send
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, SeatType
from services.gateway.domain.code_guessing import WRONG_TRIES_A_DAY
from tests.support.gateway_harness import GatewayHarness

ADMIN = "ada@harbor.example"


def other_than(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10_000:04}"


async def guess(browser: httpx.AsyncClient, email: str, code: str) -> httpx.Response:
    return await browser.post("/api/v1/sessions", json={"email": email, "code": code})


async def test_an_unknown_address_gets_the_same_response_and_cookie_and_no_mail(front: GatewayHarness) -> None:
    await front.agency()
    known, unknown = front.browser(), front.browser()
    first = await known.post("/api/v1/login-codes", json={"email": ADMIN})
    second = await unknown.post("/api/v1/login-codes", json={"email": "nobody@harbor.example"})
    assert (first.status_code, first.content) == (second.status_code, second.content) == (202, first.content)
    assert (
        [cookie.name for cookie in known.cookies.jar]
        == [cookie.name for cookie in unknown.cookies.jar]
        == ["__Host-browser"]
    )
    await front.http.gateway.code_mails.run_once()
    mails = [message for message in await front.service.published() if message.type == Send.type]
    assert [mail.data.email for mail in mails] == [ADMIN]
    assert await front.http.gateway.code_mails.run_once() == 0


async def test_the_same_statements_run_for_a_known_and_an_unknown_address(front: GatewayHarness) -> None:
    await front.agency()
    people = {status: await front.signed_up(f"{status}@harbor.example") for status in ("pending", "blocked", "removed")}
    blocked = events.Blocked(
        member_id=people["blocked"], seat_type=SeatType.VOICE, reason=BlockedReason.NO_SEAT_AVAILABLE
    )
    await front.handle(blocked)
    await front.handle(events.Removed(member_id=people["removed"], before=MemberStatus.PENDING_LOGIN))
    seen: list[str] = []
    pool = front.service.pool
    for connection in [await pool.acquire() for _ in range(pool.get_max_size())]:
        # What asyncpg asks about a type it asks once a connection, before it is of any matter here.
        await connection.fetch("SELECT '{}'::bytea[], '{}'::uuid[], '{}'::int[], '{}'::boolean[], '{}'::timestamptz[]")
        connection.add_query_logger(lambda record: seen.append(record.query))
        await pool.release(connection)
    known = [ADMIN, *(f"{status}@harbor.example" for status in people)]
    unknown = ["nobody@harbor.example", "nobody@no-agency-has-this.example"]
    ran = {}
    for email in ("first@harbor.example", *known, *unknown):
        seen.clear()
        response = await front.browser().post("/api/v1/login-codes", json={"email": email})
        assert response.status_code == 202
        ran[email] = tuple(seen)
    del ran["first@harbor.example"]
    assert len(set(ran.values())) == 1, ran
    assert any("INSERT INTO login_codes" in query for query in ran[ADMIN])


async def test_a_code_works_only_in_the_browser_that_requested_it(front: GatewayHarness) -> None:
    await front.agency()
    mail = await front.mailed(front.browser(), ADMIN)
    external_change = front.browser()
    response = await guess(external_change, ADMIN, mail["code"])
    assert (response.status_code, response.json()["code"], response.json()["triesLeft"]) == (401, "invalid_code", 0)


async def test_a_newer_code_replaces_only_the_same_browsers(front: GatewayHarness) -> None:
    await front.agency()
    laptop, phone = front.browser(), front.browser()
    old = await front.mailed(laptop, ADMIN)
    other = await front.mailed(phone, ADMIN)
    new = await front.mailed(laptop, ADMIN)
    if old["code"] != new["code"]:
        assert (await guess(laptop, ADMIN, old["code"])).status_code == 401
    assert (await guess(laptop, ADMIN, new["code"])).status_code == 201
    assert (await guess(phone, ADMIN, other["code"])).status_code == 201


async def test_a_code_dies_at_its_fifth_wrong_try(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    left = [(await guess(browser, ADMIN, other_than(mail["code"]))).json()["triesLeft"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert (await guess(browser, ADMIN, mail["code"])).json()["code"] == "invalid_code"


async def test_a_code_lives_ten_minutes(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    front.service.clock.advance(600)
    assert (await guess(browser, ADMIN, mail["code"])).json()["code"] == "invalid_code"


async def test_a_code_is_good_once(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    assert (await guess(browser, ADMIN, mail["code"])).status_code == 201
    assert (await guess(browser, ADMIN, mail["code"])).status_code == 401


async def test_a_code_of_a_member_whose_removal_was_on_its_way_is_dead(front: GatewayHarness) -> None:
    await front.agency()
    await front.signed_up("noor@harbor.example")
    browser = front.browser()
    mail = await front.mailed(browser, "noor@harbor.example")
    guessing = asyncio.ensure_future(guess(browser, "noor@harbor.example", mail["code"]))
    command = (await front.published(events.RecordLogin)).envelope.id
    gone = events.MembersCommandRejected(
        command_id=str(command), command_type=events.RecordLogin.type, code=RejectionCode.UNKNOWN_MEMBER
    )
    await front.handle(gone, command=command)
    response = await guessing
    assert (response.status_code, response.json()["code"], response.json()["triesLeft"]) == (401, "invalid_code", 0)


async def test_after_ten_wrong_tries_an_address_needs_the_link_and_an_event_is_published_for_admins(
    front: GatewayHarness,
) -> None:
    await front.agency()
    for _ in range(2):
        browser = front.browser()
        mail = await front.mailed(browser, ADMIN)
        for _ in range(5):
            await guess(browser, ADMIN, other_than(mail["code"]))
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    response = await guess(browser, ADMIN, mail["code"])
    assert (response.status_code, response.json()["code"]) == (403, "link_required")
    limited = await front.published(CodesLimited)
    assert (limited.data.scope, limited.data.member_id) == ("address", front.admin_id)
    token = mail["link"].rpartition("/")[2]
    assert (await browser.post("/api/v1/sessions", json={"token": token})).status_code == 201
    front.service.clock.advance(24 * 3600)
    assert (await front.sign_in(ADMIN)).cookies


async def test_ten_wrong_tries_for_an_address_of_two_agencies_publish_an_event_in_one_of_them(
    front: GatewayHarness,
) -> None:
    await front.agency()
    await front.agency(agency=front.admin_id, domain="river.example")
    await front.activate(await front.signed_up("ada@river.example"))
    for _ in range(2):
        browser = front.browser()
        mail = await front.mailed(browser, "ada@river.example")
        for _ in range(5):
            await guess(browser, "ada@river.example", other_than(mail["code"]))
    limited = await front.published(CodesLimited)
    assert limited.data.scope == "address"
    of_member = "SELECT agency_id FROM members WHERE member_id = $1"
    agency = await front.service.pool.fetchval(of_member, limited.data.member_id)
    assert agency == limited.envelope.agency_id


async def test_INVARIANT_at_most_ten_guesses_on_first_logins_of_an_agency_whatever_comes_at_once(  # noqa: N802
    front: GatewayHarness,
) -> None:
    """INVARIANT: strangers with many addresses and browsers get ten wrong tries a day against one agency together."""
    await front.agency()
    browsers = []
    for number in range(30):
        email = f"stranger{number}@harbor.example"
        if number % 2:
            await front.signed_up(email)
        browser = front.browser(f"198.51.100.{number}")
        await browser.post("/api/v1/login-codes", json={"email": email})
        browsers.append((browser, email))
    responses = await asyncio.gather(*(guess(browser, email, "0000") for browser, email in browsers))
    codes = [response.json()["code"] for response in responses]
    # A guess that is right by chance signs in, and counts as none.
    assert codes.count("invalid_code") <= WRONG_TRIES_A_DAY
    assert codes.count("link_required") >= len(browsers) - WRONG_TRIES_A_DAY - 1
    assert (await front.published(CodesLimited)).data.scope == "first_logins"
    # A returning admin is no first login.
    assert (await front.sign_in(ADMIN)).cookies


async def test_nothing_readable_is_kept_of_a_code_or_session(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    await guess(browser, ADMIN, mail["code"])
    token = next(cookie.value for cookie in browser.cookies.jar if cookie.name == "__Host-session")
    rows = str(await front.service.pool.fetch("SELECT to_jsonb(s) FROM sessions s"))
    rows += str(await front.service.pool.fetch("SELECT to_jsonb(c) FROM login_codes c"))
    assert token is not None
    for secret in (token, mail["link"].rpartition("/")[2], f'"{mail["code"]}"'):
        assert secret not in rows


async def test_too_many_code_mails_for_an_address_are_rejected_with_the_time_to_wait(front: GatewayHarness) -> None:
    limit = front.settings.codes_per_address
    statuses = [
        (await front.browser(f"198.51.100.{n}").post("/api/v1/login-codes", json={"email": ADMIN})).status_code
        for n in range(limit)
    ]
    assert set(statuses) == {202}
    refused = await front.browser().post("/api/v1/login-codes", json={"email": ADMIN})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert int(refused.headers["Retry-After"]) == refused.json()["retryAfter"]
    front.service.clock.advance(3600)
    assert (await front.browser().post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202


async def test_code_mails_that_failed_because_the_disk_was_full_do_not_count(
    front: GatewayHarness,
) -> None:
    """While Postgres refuses to write, a person who tries again and again is not locked out for an hour for it."""
    limit = front.settings.codes_per_address
    await front.service.pool.execute(_FULL)
    for _ in range(limit):
        away = await front.browser().post("/api/v1/login-codes", json={"email": ADMIN})
        assert (away.status_code, away.json()["code"]) == (503, "bus_unavailable")
    await front.service.pool.execute("DROP FUNCTION no_room() CASCADE")
    responses = [await front.browser().post("/api/v1/login-codes", json={"email": ADMIN}) for _ in range(limit + 1)]
    assert [response.status_code for response in responses] == [202] * limit + [429]


_FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON operations FOR EACH STATEMENT EXECUTE FUNCTION no_room();
"""
