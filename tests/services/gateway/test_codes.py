"""Codes, their limits, and what a stranger learns from asking."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import httpx

from chassis.sealing import Sealing
from contracts import members as events
from contracts.gateway import CodesLimited
from contracts.notifier import Send
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, Role, SeatType
from services.gateway.domain.code_guessing import ADDRESS, FIRST_LOGINS
from services.gateway.domain.code_mails import LINK_LIFE
from services.gateway.domain.request_limits import Limit
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


async def use_up_codes(front: GatewayHarness, email: str = ADMIN) -> None:
    """Ten wrong codes, in two browsers of strangers on two networks."""
    for number in range(2):
        browser = front.browser(f"198.51.100.{number}")
        mail = await front.mailed(browser, email)
        for _ in range(5):
            assert (await guess(browser, email, other_than(mail["code"]))).status_code == 401


async def test_after_ten_wrong_tries_unknown_browsers_need_the_link_and_an_event_is_published_for_admins(
    front: GatewayHarness,
) -> None:
    await front.agency()
    await use_up_codes(front)
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    response = await guess(browser, ADMIN, mail["code"])
    assert (response.status_code, response.json()["code"]) == (403, "link_required")
    limited = await front.published(CodesLimited)
    assert (limited.data.scope, limited.data.member_id) == ("address", front.admin_id)
    token = mail["link"].rpartition("/")[2]
    assert (await browser.post("/api/v1/sessions", json={"token": token})).status_code == 201
    again = await front.mailed(browser, ADMIN)
    assert (await guess(browser, ADMIN, again["code"])).status_code == 201, "the browser is known now"
    front.service.clock.advance(91 * 24 * 3600)
    other = front.browser()
    mail = await front.mailed(other, ADMIN)
    assert (await guess(other, ADMIN, mail["code"])).json()["code"] == "link_required", "strangers' tries count on"
    front.service.clock.advance(24 * 3600)
    assert (await front.sign_in(ADMIN)).cookies


async def test_the_owner_on_a_known_browser_notices_nothing_of_strangers(front: GatewayHarness) -> None:
    await front.agency()
    owner = await front.sign_in()
    await use_up_codes(front)
    for _ in range(front.settings.code_mails_per_address + 1):
        assert (await front.browser().post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202
    await mails_to(front, ADMIN)
    mail = await front.mailed(owner, ADMIN)
    answer = await guess(owner, ADMIN, other_than(mail["code"]))
    assert (answer.status_code, answer.json()["triesLeft"]) == (401, 4)
    assert (await guess(owner, ADMIN, mail["code"])).status_code == 201


async def test_a_known_browser_has_ten_wrong_tries_of_its_own_since_it_signed_in(front: GatewayHarness) -> None:
    await front.agency()
    browser = await front.sign_in()
    for _ in range(2):
        for _ in range(2):
            mail = await front.mailed(browser, ADMIN)
            for _ in range(4):
                assert (await guess(browser, ADMIN, other_than(mail["code"]))).status_code == 401
        assert (await guess(browser, ADMIN, mail["code"])).status_code == 201, "and the next ten begin"
    for _ in range(2):
        mail = await front.mailed(browser, ADMIN)
        for _ in range(5):
            await guess(browser, ADMIN, other_than(mail["code"]))
    mail = await front.mailed(browser, ADMIN)
    assert (await guess(browser, ADMIN, mail["code"])).json()["code"] == "link_required"
    assert (await front.sign_in(ADMIN)).cookies, "other browsers notice nothing of it"


async def test_a_sign_in_takes_back_the_wrong_tries_of_its_own_browser_alone(front: GatewayHarness) -> None:
    await front.agency()
    stranger = front.browser("198.51.100.1")
    mail = await front.mailed(stranger, ADMIN)
    for _ in range(5):
        await guess(stranger, ADMIN, other_than(mail["code"]))
    for _ in range(3):  # An owner who mistypes in new browsers uses nothing up.
        owner = front.browser()
        mail = await front.mailed(owner, ADMIN)
        for _ in range(3):
            await guess(owner, ADMIN, other_than(mail["code"]))
        assert (await guess(owner, ADMIN, mail["code"])).status_code == 201
    assert await front.service.pool.fetchval("SELECT count(*) FROM wrong_codes") == 5
    front.service.clock.advance(3600)
    stranger = front.browser("198.51.100.2")
    mail = await front.mailed(stranger, ADMIN)
    codes = [(await guess(stranger, ADMIN, other_than(mail["code"]))).json()["code"] for _ in range(6)]
    assert codes == ["invalid_code"] * 5 + ["link_required"], "the owner's sign-ins gave the stranger nothing"


async def test_admins_hear_of_the_limit_of_an_address_once_a_day(front: GatewayHarness) -> None:
    """Tries that are old enough can be made again, and reach the limit again."""
    await front.agency()
    hour, window = 3600.0, ADDRESS.window.total_seconds()
    heard = []
    for count, pause in ((9, hour), (1, window - hour), (9, hour), (1, 0.0)):
        for number in range(count):
            browser = front.browser(f"198.51.100.{number}")
            await browser.post("/api/v1/login-codes", json={"email": ADMIN})
            tried = await guess(browser, ADMIN, await wrong_code(front))
            assert tried.json()["code"] == "invalid_code"
            if number == 4:
                front.service.clock.advance(1)  # for the mails' own limit
                await front.service.pool.execute("UPDATE login_codes SET created_at = created_at - interval '1 hour'")
        heard.append([message.type for message in await front.service.published()].count(CodesLimited.type))
        front.service.clock.advance(pause)
    assert heard == [0, 1, 1, 0]


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
    assert codes.count("invalid_code") >= len(browsers) - 1
    assert await compared_first_logins(front) <= FIRST_LOGINS.most
    assert (await front.published(CodesLimited)).data.scope == "first_logins"
    # A returning admin is no first login.
    assert (await front.sign_in(ADMIN)).cookies


async def compared_first_logins(front: GatewayHarness) -> int:
    """How many wrong codes were compared on first logins: each counts against the agency."""
    agency = front.http.gateway._hashing.of("guess-first", str(front.agency_id))
    count: int = await front.service.pool.fetchval("SELECT count(*) FROM wrong_codes WHERE subject = $1", agency)
    return count


async def test_INVARIANT_no_response_tells_the_active_from_the_pending_and_the_unknown(front: GatewayHarness) -> None:  # noqa: N802
    """INVARIANT: also while first logins are limited, and when an address has used up its codes."""
    await front.agency()
    await front.signed_up("pending@harbor.example")
    await front.activate(await front.signed_up("active@harbor.example"))
    for number in range(FIRST_LOGINS.most):
        browser, email = front.browser(f"198.51.100.{number}"), f"nobody{number}@harbor.example"
        await browser.post("/api/v1/login-codes", json={"email": email})
        await guess(browser, email, "0000")
    answers: dict[str, list[tuple[int, bytes]]] = {}
    for email in ("pending@harbor.example", "active@harbor.example", "unknown@harbor.example"):
        answers[email] = []
        for number in range(3):
            browser = front.browser(f"203.0.113.{number}")
            asked = await browser.post("/api/v1/login-codes", json={"email": email})
            answers[email].append((asked.status_code, asked.content))
            wrong = await wrong_code(front)
            for _ in range(6):
                tried = await guess(browser, email, wrong)
                answers[email].append((tried.status_code, tried.content))
    assert answers["pending@harbor.example"] == answers["active@harbor.example"] == answers["unknown@harbor.example"]
    statuses = [status for status, _ in answers["active@harbor.example"]]
    assert statuses == [202, *[401] * 6, 202, *[401] * 5, 403, 202, *[403] * 6], "four tries left, and so on"


async def wrong_code(front: GatewayHarness) -> str:
    """Digits that are no open code's."""
    sealing = Sealing(front.settings.sealing_keys)
    rows = await front.service.pool.fetch("SELECT sealed FROM login_codes WHERE sealed IS NOT NULL")
    right = {sealing.open(row["sealed"])["code"] for row in rows}
    return next(code for code in (f"{number:04}" for number in range(10_000)) if code not in right)


async def test_while_first_logins_are_limited_the_right_code_is_a_wrong_one_and_the_link_lets_its_owner_in(
    front: GatewayHarness,
) -> None:
    await front.agency()
    noor = await front.signed_up()
    for number in range(FIRST_LOGINS.most):
        browser, email = front.browser(f"198.51.100.{number}"), f"nobody{number}@harbor.example"
        await browser.post("/api/v1/login-codes", json={"email": email})
        await guess(browser, email, "0000")
    browser = front.browser()
    mail = await front.mailed(browser, "noor@harbor.example")
    refused = await guess(browser, "noor@harbor.example", mail["code"])
    assert (refused.status_code, refused.json()["triesLeft"]) == (401, 4)
    assert "The link in the same email works" in refused.json()["detail"]
    assert await compared_first_logins(front) == FIRST_LOGINS.most, "it was not compared"
    following = browser.post("/api/v1/sessions", json={"token": mail["link"].rpartition("/")[2]})

    def activated(_: events.RecordLogin) -> events.Activated:
        return events.Activated(member_id=noor, seat_type=SeatType.VOICE, role=Role.CLINICIAN)

    response = await front.answered(following, events.RecordLogin, activated)
    assert (response.status_code, response.json()["member"]["status"]) == (201, "active")


async def test_a_wrong_code_counts_in_every_agency_that_it_would_enter_whichever_is_named(
    front: GatewayHarness,
) -> None:
    """An admin who invites the addresses of another agency to their own gets no guesses of that agency for it."""
    await front.agency()
    other = UUID(int=1)  # Lower than any other agency's: the one under which such a login is decided.
    await front.agency(agency=other, domain="river.example")
    for number in range(12):
        email = f"noor{number}@harbor.example"
        await front.signed_up(email)
        await front.handle(
            events.SignedUp(member_id=uuid4(), email=email, name="Noor", seat_type=SeatType.BASE), agency=other
        )
        browser = front.browser(f"198.51.100.{number}")
        await browser.post("/api/v1/login-codes", json={"email": email})
        assert (await guess(browser, email, await wrong_code(front))).status_code == 401
    assert await compared_first_logins(front) == FIRST_LOGINS.most


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


async def mails_to(front: GatewayHarness, email: str) -> int:
    """How many code mails have been commanded to this address since the last look."""
    return (await mailed_addresses(front)).count(email)


async def test_strangers_cause_five_mails_an_hour_at_an_address_and_each_request_gets_the_same_response(
    front: GatewayHarness,
) -> None:
    await front.agency()
    responses = []
    for number in range(40):
        browser = front.browser(f"198.51.100.{number}")
        responses.append(await browser.post("/api/v1/login-codes", json={"email": ADMIN}))
        assert len(browser.cookies["__Host-browser"]) == 43
    assert {(response.status_code, response.content) for response in responses} == {(202, responses[0].content)}
    assert await mails_to(front, ADMIN) == front.settings.code_mails_per_address
    front.service.clock.advance(3600)
    await front.browser().post("/api/v1/login-codes", json={"email": ADMIN})
    assert await mails_to(front, ADMIN) == 1


async def test_spellings_of_a_members_address_cause_no_mail_and_use_up_none(front: GatewayHarness) -> None:
    await front.agency()
    for number in range(40):
        browser, email = front.browser(f"198.51.100.{number}"), ADMIN.replace("@", f"+{number}@")
        assert (await browser.post("/api/v1/login-codes", json={"email": email})).status_code == 202
    assert await mailed_addresses(front) == []
    assert (await front.mailed(front.browser(), ADMIN))["code"]


async def test_spellings_that_strangers_sign_up_with_share_five_mails_an_hour_and_take_none_from_the_owner(
    front: GatewayHarness,
) -> None:
    """Also those of an owner who has signed in with a spelling."""
    await front.agency()
    noor = await front.signed_up("noor@harbor.example")
    spellings = [f"noor+{number}@harbor.example" for number in range(20)]
    for email in spellings:
        await front.handle(
            events.SignUpClaimed(member_id=noor, email=email, name="Silly Clown", seat_type=SeatType.VOICE)
        )
    await front.activate(await front.signed_up("noor+work@river.example"))
    await front.sign_in("noor+work@river.example")
    for email in [*spellings, "noor@harbor.example", *(f"noor+{n}@river.example" for n in range(9))]:
        await front.browser(f"198.18.0.{len(email)}").post("/api/v1/login-codes", json={"email": email})
    await front.browser().post("/api/v1/login-codes", json={"email": "noor+work@river.example"})
    mailed = await mailed_addresses(front)
    assert mailed == [*spellings[:5], "noor@harbor.example", "noor+work@river.example"]
    for email in spellings[5:8]:
        await front.browser("198.18.9.9").post("/api/v1/login-codes", json={"email": email})
    assert await mailed_addresses(front) == []
    front.service.clock.advance(3600)
    await front.browser("198.18.9.9").post("/api/v1/login-codes", json={"email": spellings[9]})
    assert await mailed_addresses(front) == [spellings[9]]


async def mailed_addresses(front: GatewayHarness) -> list[str]:
    """The addresses of the code mails that have been commanded since the last look, in their order."""
    while await front.http.gateway.code_mails.run_once():
        pass
    return [message.data.email for message in await front.service.published() if isinstance(message.data, Send)]


async def test_a_stranger_leaves_mails_for_other_browsers_and_other_networks(front: GatewayHarness) -> None:
    await front.agency()
    stranger = front.browser("198.51.100.1")
    for _ in range(20):
        assert (await stranger.post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202
    assert await mails_to(front, ADMIN) == front.settings.code_mails_per_browser
    owner = front.browser("198.51.100.1")
    assert (await front.mailed(owner, ADMIN))["code"], "in the same network"
    assert (await front.mailed(front.browser("198.51.100.2"), ADMIN))["code"], "in another network"


async def test_beyond_the_limit_the_live_code_stays_good_and_its_browser_signs_in_with_it(
    front: GatewayHarness,
) -> None:
    await front.agency()
    browser = front.browser()
    for _ in range(front.settings.code_mails_per_browser):
        mail = await front.mailed(browser, ADMIN)
    for _ in range(3):
        assert (await browser.post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202
    assert (await guess(browser, ADMIN, mail["code"])).status_code == 201


async def test_the_owner_signs_in_on_a_new_browser_at_any_minute_while_strangers_use_up_all_mails(
    front: GatewayHarness,
) -> None:
    """A new mail comes, or the newest one that strangers caused is in the mailbox, and its link works."""
    await front.agency()
    sealing = Sealing(front.settings.sealing_keys)
    newest: dict[str, str] = {}
    for minute in range(0, 150, 10):
        for number in range(6):
            await front.browser(f"198.51.100.{number}").post("/api/v1/login-codes", json={"email": ADMIN})
        owner = front.browser("203.0.113.77")
        assert (await owner.post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202
        await front.http.gateway.code_mails.run_once()
        for message in await front.service.published():
            if isinstance(message.data, Send):
                newest = sealing.open(message.data.sealed)
                assert message.data.link_expires_at == front.service.clock() + LINK_LIFE
        if minute % 50 in {0, 10}:
            response = await owner.post("/api/v1/sessions", json={"token": newest["link"].rpartition("/")[2]})
            assert response.status_code == 201, minute
        front.service.clock.advance(600)


async def test_mails_of_a_browser_that_signs_in_use_up_nothing(front: GatewayHarness) -> None:
    await front.agency()
    for _ in range(12):
        await front.sign_in(ADMIN)
    assert await mails_to(front, ADMIN) == 0
    await front.browser("198.51.100.9").post("/api/v1/login-codes", json={"email": ADMIN})
    assert await mails_to(front, ADMIN) == 1


async def test_a_known_browser_gets_ten_mails_an_hour_and_then_keeps_its_code(front: GatewayHarness) -> None:
    await front.agency()
    owner = await front.sign_in()
    for _ in range(front.settings.code_mails_per_known_browser):  # The mail of the sign-in above is used.
        mail = await front.mailed(owner, ADMIN)
    for _ in range(3):
        assert (await owner.post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202
    assert await mails_to(front, ADMIN) == 0
    assert (await guess(owner, ADMIN, mail["code"])).status_code == 201


async def test_mailboxes_of_one_domain_share_no_limit(front: GatewayHarness) -> None:
    await front.agency()
    await front.activate(await front.signed_up())
    for number in range(300):
        email = f"nobody{number}@harbor.example"
        asked = await front.browser(f"198.18.0.{number % 250}").post("/api/v1/login-codes", json={"email": email})
        assert asked.status_code == 202
    assert (await front.mailed(front.browser(), "noor@harbor.example"))["code"]


async def test_a_network_that_floods_is_told_to_wait_and_stops_neither_others_nor_its_known_browsers(
    front: GatewayHarness,
) -> None:
    await front.agency()
    owner = await front.sign_in()  # in the same network
    codes = front.http.gateway.codes
    codes.allowed = replace(codes.allowed, codes_of_network=Limit("codes_of_network", 30))
    answers = [
        await front.browser().post("/api/v1/login-codes", json={"email": f"nobody{number}@harbor.example"})
        for number in range(31)
    ]
    assert [answer.status_code for answer in answers] == [202] * 29 + [429, 429], "the sign-in above was the first"
    assert answers[-1].json()["code"] == "too_many_attempts"
    assert int(answers[-1].headers["Retry-After"]) == answers[-1].json()["retryAfter"]
    assert (await front.mailed(owner, ADMIN))["code"]
    assert (await front.browser("198.51.100.1").post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202
    front.service.clock.advance(3600)
    assert (await front.browser().post("/api/v1/login-codes", json={"email": ADMIN})).status_code == 202


async def test_a_link_works_whatever_the_tries_of_its_network(front: GatewayHarness) -> None:
    await front.agency()
    sign_in = front.http.gateway.sign_in
    sign_in.allowed = replace(sign_in.allowed, tries_of_network=Limit("tries_of_network", 3))
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    invented = [await front.browser().post("/api/v1/sessions", json={"token": "t" * 22}) for _ in range(4)]
    assert [response.status_code for response in invented] == [401, 401, 401, 429]
    assert (await guess(browser, ADMIN, mail["code"])).status_code == 429
    response = await browser.post("/api/v1/sessions", json={"token": mail["link"].rpartition("/")[2]})
    assert response.status_code == 201
    again = await front.mailed(browser, ADMIN)
    assert (await guess(browser, ADMIN, again["code"])).status_code == 201, "nor does a known browser wait"


async def test_a_link_lives_an_hour_and_its_code_ten_minutes(front: GatewayHarness) -> None:
    await front.agency()
    first, second = [await front.mailed(front.browser(), ADMIN) for _ in range(2)]
    front.service.clock.advance(3599)
    follow = front.browser().post
    assert (await follow("/api/v1/sessions", json={"token": first["link"].rpartition("/")[2]})).status_code == 201
    front.service.clock.advance(1)
    late = await follow("/api/v1/sessions", json={"token": second["link"].rpartition("/")[2]})
    assert (late.status_code, late.json()["code"]) == (401, "link_expired")


async def test_code_mails_that_failed_because_the_disk_was_full_do_not_count(
    front: GatewayHarness,
) -> None:
    """While Postgres refuses to write, a person who tries again and again is not locked out for an hour for it."""
    await front.agency()
    codes = front.http.gateway.codes
    codes.allowed = replace(codes.allowed, codes_of_network=Limit("codes_of_network", 3))
    await front.service.alter(_FULL)
    browser = front.browser()
    for _ in range(5):
        away = await browser.post("/api/v1/login-codes", json={"email": ADMIN})
        assert (away.status_code, away.json()["code"]) == (503, "bus_unavailable")
    await front.service.alter("DROP FUNCTION no_room() CASCADE")
    responses = [await browser.post("/api/v1/login-codes", json={"email": ADMIN}) for _ in range(4)]
    assert [response.status_code for response in responses] == [202] * 3 + [429]
    assert await front.service.pool.fetchval("SELECT count(*) FROM login_codes") == 3


_FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON operations FOR EACH STATEMENT EXECUTE FUNCTION no_room();
"""
