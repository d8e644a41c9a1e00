"""Odd states of a browser lead to a page that says what to do, and odd names change nothing around them."""

from collections.abc import Callable

import pytest

from contracts.notifier import Send
from contracts.vocabulary import BlockedReason, SeatShortage, SeatType, StripeFault
from hosting.sealing import Sealing
from services.gateway.texts.members import blocked_for_member
from tests.support.gateway_harness import PUBLIC, GatewayHarness
from tests.support.visitor import HTML, Visitor

EMAIL = "ada@harbor.example"
HEBREW = "\u05d3\u05e0\u05d4 \u05db\u05d4\u05df"


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://evil.example"])
async def test_a_form_from_another_address_leads_to_a_page_that_names_the_right_one(
    front: GatewayHarness, origin: str
) -> None:
    browser = front.browser(origin=origin)
    response = await browser.post("/login", data={"email": EMAIL}, headers=HTML)
    assert response.status_code == 403
    assert response.headers["content-type"].startswith("text/html")
    assert "This form came from another address" in response.text
    assert f'href="{PUBLIC}/"' in response.text
    assert origin in response.text
    assert "content-security-policy" in response.headers


async def test_a_form_without_an_origin_leads_to_a_page_that_says_what_to_do(front: GatewayHarness) -> None:
    await front.agency()
    opaque = await front.browser(origin="null").post("/login", data={"email": EMAIL}, headers=HTML)
    admin = await front.sign_in()
    quiet = front.browser(origin=None)
    quiet.cookies = admin.cookies
    missing = await quiet.post("/logout", headers=HTML)
    for response in (opaque, missing):
        assert response.status_code == 403
        assert "Your browser did not say where the form is from" in response.text
    assert (await admin.get("/api/v1/me")).status_code == 200, "nothing was changed"


async def test_a_program_gets_problem_details_for_a_wrong_origin(front: GatewayHarness) -> None:
    browser = front.browser(origin="null")
    for path, headers in (("/api/v1/login-codes", HTML), ("/login", {"Accept": "*/*"})):
        response = await browser.post(path, json={"email": EMAIL}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "bad_origin")


async def test_an_origin_is_shown_as_text(front: GatewayHarness) -> None:
    response = await front.browser(origin="http://x/<script>").post("/login", data={}, headers=HTML)
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;" in response.text


@pytest.mark.parametrize("path", ["/login/code", "/welcome"])
async def test_a_browser_that_refuses_cookies_is_told_so(front: GatewayHarness, path: str) -> None:
    response = await front.browser().get(path, headers=HTML | {"Sec-Fetch-Site": "same-origin"})
    assert (response.status_code, "Your browser refuses cookies" in response.text) == (400, True)
    typed = await front.browser().get(path, headers=HTML | {"Sec-Fetch-Site": "none"})
    assert typed.status_code == 303, "whoever types the address has no cookie yet"


async def test_signing_up_with_a_name_that_nobody_can_see_is_rejected(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(front.browser())
    await person.open("/signup")
    response = await person.send("/signup", name="\u200b\u3164\u202e", email="noor@harbor.example", seat_type="base")
    assert (response.status_code, "Write a name" in person.page) == (422, True)


async def test_a_name_that_runs_from_right_to_left_is_isolated_wherever_it_stands(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up("noor@harbor.example", HEBREW)
    await front.activate(noor)
    admin = Visitor(await front.sign_in())
    for path in ("/admin/agency/members", f"/admin/agency/members/{noor}/remove", "/admin/agency/activity"):
        await admin.open(path)
        for at in _places(admin.page, HEBREW):
            assert admin.page[at - 1] == "\u2068", f"{path}: {admin.page[at - 40 : at + 20]}"
    await admin.open("/admin/agency/members")
    assert _places(admin.page, HEBREW)
    assert f'<bdi class="name">\u2068{HEBREW}\u2069</bdi>' in admin.page


def _places(page: str, words: str) -> list[int]:
    return [at for at in range(len(page)) if page.startswith(words, at)]


def _in_arabic(code: str) -> str:
    return "".join(chr(0x660 + int(digit)) for digit in code)


async def test_the_code_page_takes_the_code_as_people_type_it(front: GatewayHarness) -> None:
    await front.agency()
    ways: tuple[Callable[[str], str], ...] = (
        _in_arabic,
        "{} is your sign-in code".format,
        "\u202d{}\u202c".format,
        lambda code: f"{code[:2]}-{code[2:]}",
    )
    for typed in ways:
        person = Visitor(front.browser())
        await person.open("/login")
        await person.send("/login", email=EMAIL)
        await front.http.gateway.code_mails.run_once()
        sealed = (await front.published(Send, to=EMAIL)).data.sealed
        code = Sealing(front.settings.sealing_keys).open(sealed)["code"]
        response = await person.press("/login/code", code=typed(code))
        assert (typed(code), response.status_code) == (typed(code), 303)


@pytest.mark.parametrize("reason", list(BlockedReason))
def test_the_blocked_page_promises_only_what_happens(reason: BlockedReason) -> None:
    payment = {BlockedReason.PAYMENT_DECLINED, BlockedReason.PAYMENT_ACTION_REQUIRED, BlockedReason.PAST_DUE}
    for detail in (None, *StripeFault, *SeatShortage):
        page = blocked_for_member(reason, SeatType.VOICE, "Northside", detail)
        if reason in {BlockedReason.AWAITING_APPROVAL, BlockedReason.REQUEST_DECLINED}:
            assert "an admin" in page.mail_comes.lower(), "an admin alone lets them in"
            continue
        by_itself = "Nothing happens by itself" not in page.mail_comes
        paused = reason in payment or (reason is BlockedReason.BILLING_UNAVAILABLE and isinstance(detail, StripeFault))
        assert by_itself == paused, "only the end of a pause buys seats for the Blocked"
        assert "re-invite you" in page.mail_comes
        assert "Base" not in page.why, "a Voice newcomer is not told of Base"
