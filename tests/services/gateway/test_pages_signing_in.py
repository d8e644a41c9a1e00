"""The pages of a first login, as somebody without scripts sees them."""

from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import members as events
from contracts.members import RecordLogin, SignUp
from contracts.notifier import Send
from contracts.vocabulary import BlockedReason, Role, SeatType
from hosting.sealing import Sealing
from services.gateway.domain.request_limits import Limit
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Visitor

EMAIL = "noor@harbor.example"
MEMBERS = "/admin/agency/members"
"""Where an admin lands after a sign-in; only a clinician's seat is worth a page of its own."""
NOOR = {"name": "Noor Haddad", "email": EMAIL, "seat_type": "voice"}


async def mail_of(front: GatewayHarness, email: str = EMAIL) -> dict[str, str]:
    await front.http.gateway.code_mails.run_once()
    return Sealing(front.settings.sealing_keys).open((await front.published(Send, to=email)).data.sealed)


async def asks(front: GatewayHarness, email: str = EMAIL, then: str = "/login") -> tuple[Visitor, dict[str, str]]:
    """A person who has requested a code, and the mail that arrived."""
    person = Visitor(front.browser())
    await person.open(then)
    await person.send("/login", email=email)
    return person, await mail_of(front, email)


async def enters(front: GatewayHarness, person: Visitor, mail: dict[str, str], outcome: object) -> httpx.Response:
    """The code is typed, and the first login ends so."""
    fields = person.fields("/login/code") | {"code": mail["code"]}
    asking = person.browser.post("/login/code", data=fields, headers=HTML)
    response = await front.answered(asking, RecordLogin, lambda _order: outcome)  # type: ignore[arg-type, return-value]
    assert (response.status_code, response.headers["Location"]) == (303, "/welcome")
    return await person.open("/welcome")


async def test_signing_up_leads_to_the_code_and_the_code_to_the_welcome_page(front: GatewayHarness) -> None:
    await front.agency()
    person, member_id = Visitor(front.browser()), uuid4()
    await person.open("/signup")
    asking = person.browser.post("/signup", data=person.fields("/signup") | NOOR, headers=HTML)

    def fresh(command: SignUp) -> events.SignedUp:
        return events.SignedUp(member_id=member_id, email=command.email, name=command.name, seat_type=command.seat_type)

    response = await front.answered(asking, SignUp, fresh)
    assert (response.status_code, response.headers["Location"]) == (303, "/login/code")
    await person.open("/login/code")
    assert "Check your mail" in person.page
    assert EMAIL in person.page
    seated = events.Activated(member_id=member_id, seat_type=SeatType.VOICE, role=Role.CLINICIAN)
    await enters(front, person, await mail_of(front), seated)
    assert '<h1 tabindex="-1">You\'re in</h1>' in person.page
    for event in ("Clinic of harbor.example", "Voice", EMAIL):
        assert event in person.page


async def test_the_code_page_shows_what_was_picked_and_leads_back_to_change_it(front: GatewayHarness) -> None:
    await front.agency()
    person, member_id = Visitor(front.browser()), uuid4()
    await person.open("/signup")
    asking = person.browser.post("/signup", data=person.fields("/signup") | NOOR, headers=HTML)

    def fresh(command: SignUp) -> events.SignedUp:
        return events.SignedUp(member_id=member_id, **command.model_dump())

    await front.answered(asking, SignUp, fresh)
    await person.open("/login/code")
    assert "You are signing up as <strong>Noor Haddad</strong> with a <strong>Voice seat</strong>." in person.page
    await person.open("/signup?change=1")
    assert person.fields("/signup")["name"] == "Noor Haddad"
    changed = person.fields("/signup") | {"seat_type": "base"}
    asking = person.browser.post("/signup", data=changed, headers=HTML)

    def claimed(command: SignUp) -> events.SignUpClaimed:
        return events.SignUpClaimed(member_id=member_id, **command.model_dump())

    await front.answered(asking, SignUp, claimed)
    await front.http.gateway.code_mails.run_once()
    sent = [message.data.sealed for message in await front.service.published() if message.type == Send.type]
    code = Sealing(front.settings.sealing_keys).open(sent[-1])["code"]
    await person.open("/login/code")
    fields = person.fields("/login/code") | {"code": code}

    def seated(command: RecordLogin) -> events.Activated:
        assert command.pick is not None
        assert command.pick.seat_type is SeatType.BASE
        return events.Activated(member_id=member_id, seat_type=SeatType.BASE, role=Role.CLINICIAN)

    entering = person.browser.post("/login/code", data=fields, headers=HTML)
    assert (await front.answered(entering, RecordLogin, seated)).headers["Location"] == "/welcome"


@pytest.mark.parametrize("by_link", [False, True])
async def test_sign_ups_that_differ_are_asked_about_before_the_first_login(
    front: GatewayHarness, *, by_link: bool
) -> None:
    await front.agency()
    member_id = await front.signed_up()
    stranger = events.SignUpClaimed(
        member_id=member_id, email=EMAIL, name="<b>Silly</b> Clown", seat_type=SeatType.BASE
    )
    await front.handle(stranger)
    person, mail = await asks(front)
    form = f"/login/{mail['link'].rpartition('/')[2]}" if by_link else "/login/code"
    await person.open(form)
    await person.press(form, **({} if by_link else {"code": mail["code"]}))
    assert "Which seat do you need?" in person.page
    assert "Silly" not in person.page, "no stranger's words are shown"
    await person.press(form, name=" ", seat_type="base")
    assert person.at.status_code == 422
    fields = person.fields(form) | {"name": "Noor Haddad", "seat_type": "base"}

    def seated(command: RecordLogin) -> events.Activated:
        assert command.pick is not None
        assert (command.pick.name, command.pick.seat_type) == ("Noor Haddad", SeatType.BASE)
        return events.Activated(member_id=member_id, seat_type=SeatType.BASE, role=Role.CLINICIAN)

    entering = person.browser.post(form, data=fields, headers=HTML)
    assert (await front.answered(entering, RecordLogin, seated)).headers["Location"] == "/welcome"


async def test_an_unknown_domain_is_rejected_beside_the_address_and_the_form_keeps_what_was_typed(
    front: GatewayHarness,
) -> None:
    person = Visitor(front.browser())
    await person.open("/signup")
    response = await person.send("/signup", **(NOOR | {"email": "noor@gmail.example"}))
    assert response.status_code == 422
    assert "Use your work address, or ask your admin to invite you." in person.page
    assert 'aria-invalid="true" aria-describedby="email-wrong email-hint"' in person.page
    assert person.fields("/signup")["name"] == "Noor Haddad"
    assert await front.service.published() == []


async def test_a_form_that_is_not_filled_in_says_what_is_missing_in_plain_words(front: GatewayHarness) -> None:
    person = Visitor(front.browser())
    await person.open("/signup")
    response = await person.send("/signup", name=" ", email="noor")
    assert response.status_code == 422
    for sentence in ("Write a name", "Write a whole email address", "Pick Base or Voice."):
        assert sentence in person.page


async def test_a_blocked_clinician_reads_why_and_that_the_admins_know(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up()
    person, mail = await asks(front)
    reason = BlockedReason.NO_SEAT_AVAILABLE
    await enters(front, person, mail, events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))
    assert "Your agency has no free Voice seat" in person.page
    assert "Its admins have been told." in person.page
    assert "not your fault" in person.page


@pytest.mark.parametrize("reason", list(BlockedReason))
async def test_every_reason_to_be_blocked_has_plain_words(front: GatewayHarness, reason: BlockedReason) -> None:
    await front.agency()
    member_id = await front.signed_up()
    person, mail = await asks(front)
    await enters(front, person, mail, events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))
    decided = reason is BlockedReason.REQUEST_DECLINED
    assert ("declined your request" in person.page) is decided
    assert ("Its admins have been told." in person.page) is not decided
    assert str(reason) not in person.page


async def test_a_first_login_that_waits_for_a_seat_shows_the_waiting_page(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up()
    person, mail = await asks(front)
    front.http.gateway.operations.patience = 0.0
    await person.send("/login/code", code=mail["code"])
    assert "Your agency is adding a seat for you" in person.page
    assert f'data-live="pending_login" data-me="{member_id}"' in person.page
    await front.activate(member_id)
    await person.open("/welcome")
    assert "You're in" in person.page


async def test_a_wrong_code_shows_the_tries_that_are_left_and_the_last_one_offers_a_new_mail(
    front: GatewayHarness,
) -> None:
    await front.agency()
    person, mail = await asks(front, "ada@harbor.example")
    wrong = "1111" if mail["code"] != "1111" else "2222"
    published = []
    for _ in range(5):
        response = await person.send("/login/code", code=wrong)
        assert response.status_code == 401
        published.append(person.page)
    assert ["You have 4 tries left" in published[0], "You have 1 try left" in published[3]] == [True, True]
    assert "Or send a new code" in published[4]
    assert 'data-wait="0"' in published[4], "who has no tries left need not wait for another mail"
    assert 'data-wait="30"' in published[0]


async def test_a_new_code_is_mailed_from_the_code_page(front: GatewayHarness) -> None:
    await front.agency()
    person, first = await asks(front, "ada@harbor.example")
    before = person.page
    await person.send("/login/code/resend")
    assert "Another code is on its way" in person.page
    assert _mail_name(before) != _mail_name(person.page), "the thirty seconds begin again"
    second = await mail_of(front, "ada@harbor.example")
    assert second["link"] != first["link"]
    await person.send("/login/code", code=second["code"])
    assert person.at.request.url.path == MEMBERS


def _mail_name(page: str) -> str:
    return page.partition('data-mail="')[2].partition('"')[0]


async def test_the_code_may_come_with_spaces(front: GatewayHarness) -> None:
    await front.agency()
    person, mail = await asks(front, "ada@harbor.example")
    await person.send("/login/code", code=f" {mail['code'][:2]} {mail['code'][2:]} ")
    assert person.at.request.url.path == MEMBERS


async def test_opening_the_mails_link_signs_nobody_in_and_its_button_works_once(front: GatewayHarness) -> None:
    await front.agency()
    _, mail = await asks(front, "ada@harbor.example")
    path = httpx.URL(mail["link"]).path
    for _ in range(3):
        person = Visitor(front.browser())
        await person.open(path)
        assert (await person.browser.get("/api/v1/me")).status_code == 401
    await person.send(path)
    assert person.at.request.url.path == MEMBERS
    late = Visitor(front.browser())
    response = await late.open(path)
    assert response.status_code == 401
    assert "This link no longer works" in late.page


async def test_an_address_of_several_agencies_chooses_between_them(front: GatewayHarness) -> None:
    await front.agency()
    other = UUID(int=7)
    await front.agency(agency=other, domain="river.example")
    for agency_id in (front.agency_id, other):
        member_id = uuid4()
        joined = events.SignedUp(member_id=member_id, email=EMAIL, name="Noor Haddad", seat_type=SeatType.BASE)
        await front.handle(joined, agency=agency_id)
        await front.handle(
            events.Activated(member_id=member_id, seat_type=SeatType.BASE, role=Role.CLINICIAN), agency=agency_id
        )
    person, mail = await asks(front)
    await person.send("/login/code", code=mail["code"])
    assert "Which agency?" in person.page
    await person.send("/login/code", agency=str(other))
    assert "You're in" in person.page
    assert "Clinic of river.example" in person.page


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
async def test_INVARIANT_signing_in_never_leads_to_another_site(front: GatewayHarness, after: str) -> None:  # noqa: N802
    """INVARIANT: signing in never leads to another site."""
    await front.agency()
    person = Visitor(front.browser())
    await person.open("/login")
    await person.send("/login", email="ada@harbor.example", next=after)
    mail = await mail_of(front, "ada@harbor.example")
    response = await person.press("/login/code", code=mail["code"])
    assert response.headers["Location"] == "/welcome"
    assert (await person.browser.get("/login", params={"next": after})).headers["Location"] == "/welcome"


async def test_after_signing_in_a_person_goes_on_to_the_page_they_came_for(front: GatewayHarness) -> None:
    await front.agency()
    person, mail = await asks(front, "ada@harbor.example", then="/admin/agency/billing?fix=card")
    response = await person.press("/login/code", code=mail["code"])
    assert response.headers["Location"] == "/admin/agency/billing?fix=card"


async def test_a_network_that_floods_is_told_the_time_to_wait(front: GatewayHarness) -> None:
    codes = front.http.gateway.codes
    codes.allowed = replace(codes.allowed, codes_of_network=Limit("codes_of_network", 3))
    person = Visitor(front.browser())
    await person.open("/login")
    for _ in range(4):
        response = await person.browser.post("/login", data={"email": "ada@harbor.example"}, headers=HTML)
    assert response.status_code == 429
    assert "Too many attempts" in response.text
    assert "Try again in" in response.text


async def test_beyond_the_limit_of_mails_the_page_is_the_same_and_says_that_the_newest_link_works(
    front: GatewayHarness,
) -> None:
    await front.agency()
    for email in ("ada@harbor.example", "nobody@harbor.example"):
        person = Visitor(front.browser())
        await person.open("/login")
        for _ in range(front.settings.code_mails_per_browser + 2):
            response = await person.browser.post("/login", data={"email": email}, headers=HTML)
            assert (response.status_code, response.headers["Location"]) == (303, "/login/code")
        await person.open("/login/code")
        assert "use the link in the newest email: it works for an hour, in any browser" in " ".join(person.page.split())


async def test_signing_out_ends_the_session_everywhere(front: GatewayHarness) -> None:
    await front.agency()
    person, mail = await asks(front, "ada@harbor.example")
    await person.send("/login/code", code=mail["code"])
    copied = {"Cookie": f"__Host-session={person.browser.cookies['__Host-session']}"}
    await person.send("/logout")
    assert "You are signed out." in person.page
    assert (await front.browser().get("/api/v1/me", headers=copied)).status_code == 401


async def test_a_double_click_on_mail_me_a_code_fails_for_nobody(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(front.browser())
    await person.open("/login")
    fields = person.fields("/login") | {"email": "ada@harbor.example"}
    responses = [await front.browser().post("/login", data=fields, headers=HTML) for _ in range(2)]
    assert [response.status_code for response in responses] == [303, 303]


async def test_the_code_page_without_a_sign_in_cookie_leads_to_the_sign_in_page(front: GatewayHarness) -> None:
    for cookie in ("", "not-ours", "W10="):
        browser = front.browser()
        if cookie:
            browser.cookies.set("__Host-signing-in", cookie)
        response = await browser.get("/login/code", headers=HTML)
        assert (response.status_code, response.headers["Location"]) == (303, "/login")
