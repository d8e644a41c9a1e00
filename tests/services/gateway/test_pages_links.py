"""The pages of mailed links, and two people in two tabs of one browser."""

from uuid import uuid4

import httpx
import pytest

from contracts import members as events
from contracts import members_invitations
from contracts.members_invitations import AcceptInvite
from contracts.notifier import Send
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from hosting.sealing import Sealing
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Visitor

ADA, NOOR, IDA = "ada@harbor.example", "noor@harbor.example", "ida@elsewhere.example"
INVENTED = "A" * 43
MEMBERS = "/admin/agency/members"
"""Where the welcome page takes an Active admin after a sign-in; anybody else stays on it."""


async def mail_of(front: GatewayHarness, email: str) -> dict[str, str]:
    await front.http.gateway.code_mails.run_once()
    return Sealing(front.settings.sealing_keys).open((await front.published(Send, to=email)).data.sealed)


async def link_of(front: GatewayHarness, email: str) -> str:
    """The path of the link in a new code mail."""
    browser = front.browser()
    return httpx.URL((await front.mailed(browser, email))["link"]).path


async def active(front: GatewayHarness, email: str = NOOR, name: str = "Noor Haddad") -> None:
    await front.activate(await front.signed_up(email, name))


async def me(person: Visitor) -> str:
    response = await person.browser.get("/api/v1/me")
    email: str = response.json()["member"]["email"] if response.status_code == 200 else "nobody"
    return email


async def accepts(front: GatewayHarness, person: Visitor, path: str, role: Role = Role.CLINICIAN) -> httpx.Response:
    """Press the button of an invitation's page while members accepts it."""

    def seated(command: AcceptInvite) -> events.Activated:
        return events.Activated(member_id=command.member_id, seat_type=SeatType.VOICE, role=role)

    return await front.answered(person.press(path), AcceptInvite, seated)


async def test_the_page_of_a_code_mails_link_names_the_agency_and_the_address(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(front.browser())
    await person.open(await link_of(front, ADA))
    assert "Clinic of harbor.example" in person.page
    assert "ada@<wbr>harbor.example" in person.page
    assert await me(person) == "nobody"


async def test_the_page_of_an_invitation_names_the_agency_the_inviter_and_the_address(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    _, token = await front.invite(admin)
    person = Visitor(front.browser())
    await person.open(f"/invite/{token}")
    for words in ("Ada Admin</bdi> invited", "Clinic of harbor.example", "ida@<wbr>elsewhere.example"):
        assert words in person.page
    assert await me(person) == "nobody"


async def test_a_link_of_another_person_asks_before_it_replaces_a_session(front: GatewayHarness) -> None:
    await front.agency()
    await active(front)
    person = Visitor(await front.sign_in(NOOR))
    path = await link_of(front, ADA)
    await person.open(path)
    assert "You are signed in as <bdi>Noor Haddad</bdi>" in person.page
    assert 'Continue as <bdi class="address">ada@<wbr>harbor.example</bdi>' in person.page
    assert "Stay signed in as <bdi>Noor Haddad</bdi>" in person.page
    unasked = await person.browser.post(path, data={}, headers=HTML)
    assert "Stay signed in as" in unasked.text
    assert await me(person) == NOOR, "a form that names nobody signs nobody out"
    await person.send(path)
    assert await me(person) == ADA


async def test_an_invitation_of_another_person_asks_before_it_replaces_a_session(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    _, token = await front.invite(person.browser)
    path = f"/invite/{token}"
    unasked = await person.browser.post(path, data={}, headers=HTML)
    assert "Stay signed in as <bdi>Ada Admin</bdi>" in " ".join(unasked.text.split())
    assert await me(person) == ADA
    await person.open(path)
    response = await accepts(front, person, path)
    assert (response.status_code, response.headers["Location"]) == (303, "/welcome")
    assert await me(person) == IDA


async def test_a_person_who_signed_in_after_the_page_was_shown_is_asked_too(front: GatewayHarness) -> None:
    await front.agency()
    await active(front)
    path = await link_of(front, ADA)
    person = Visitor(front.browser())
    await person.open(path)
    fields = person.fields(path)
    await front.mailed(person.browser, NOOR)
    other = await link_of(front, NOOR)
    await person.open(other)
    await person.send(other)
    assert await me(person) == NOOR
    response = await person.browser.post(path, data=fields, headers=HTML)
    assert "Stay signed in as" in response.text
    assert await me(person) == NOOR


async def test_ones_own_link_asks_nothing(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    path = await link_of(front, ADA)
    await person.open(path)
    assert "Stay signed in" not in person.page
    await person.send(path)
    assert person.at.request.url.path == MEMBERS


async def test_a_used_link_says_that_it_is_used_whoever_is_signed_in(front: GatewayHarness) -> None:
    await front.agency()
    await active(front)
    path = await link_of(front, ADA)
    ada = Visitor(front.browser())
    await ada.open(path)
    await ada.send(path)
    for person in (ada, Visitor(await front.sign_in(NOOR)), Visitor(front.browser())):
        response = await person.open(path)
        assert response.status_code == 401
        assert "This link was used already" in person.page
        pressed = await person.browser.post(path, data={"instead_of": "x"}, headers=HTML)
        assert (pressed.status_code, "This link was used already" in pressed.text) == (401, True)


async def test_a_double_click_on_the_button_of_a_link_goes_on(front: GatewayHarness) -> None:
    """The second click was sent without the session of the first, so nothing tells yet that an admin made it."""
    await front.agency()
    path = await link_of(front, ADA)
    person = Visitor(front.browser())
    await person.open(path)
    fields = person.fields(path)
    clicks = [await front.browser().post(path, data=fields, headers=HTML) for _ in range(2)]
    assert [response.headers["Location"] for response in clicks] == ["/welcome", "/welcome"]


async def test_a_second_click_with_the_session_of_the_first_lands_where_the_first_did(front: GatewayHarness) -> None:
    await front.agency()
    path = await link_of(front, ADA)
    person = Visitor(front.browser())
    await person.open(path)
    fields = person.fields(path)
    clicks = [await person.browser.post(path, data=fields, headers=HTML) for _ in range(2)]
    assert [response.headers["Location"] for response in clicks] == ["/welcome", "/welcome"]
    await person.open("/welcome")
    assert person.at.request.url.path == MEMBERS


@pytest.mark.parametrize("role", list(Role))
async def test_an_invited_admin_lands_on_the_members_and_an_invited_clinician_on_the_welcome_page(
    front: GatewayHarness, role: Role
) -> None:
    await front.agency()
    admin = await front.sign_in()
    _, token = await front.invite(admin)
    path = f"/invite/{token}"
    person = Visitor(front.browser())
    await person.open(path)
    response = await accepts(front, person, path, role)
    await person.open(response.headers["Location"])
    assert person.at.request.url.path == (MEMBERS if role is Role.ADMIN else "/welcome")


async def test_an_admin_without_a_seat_lands_on_the_page_that_says_why(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor, Role.ADMIN)
    path = await link_of(front, NOOR)
    person = Visitor(front.browser())
    await person.open(path)
    await front.handle(events.Blocked(member_id=noor, reason=BlockedReason.NO_SEAT_AVAILABLE, seat_type=SeatType.VOICE))
    response = await person.press(path)
    assert response.headers["Location"] == "/welcome"
    await person.open("/welcome")
    assert person.at.request.url.path == "/welcome"


async def test_a_used_or_replaced_invitation_says_so_whoever_is_signed_in(front: GatewayHarness) -> None:
    await front.agency()
    admin = Visitor(await front.sign_in())
    _, token = await front.invite(admin.browser)
    path = f"/invite/{token}"
    guest = Visitor(front.browser())
    await guest.open(path)
    await accepts(front, guest, path)
    for person in (admin, guest, Visitor(front.browser())):
        await person.open(path)
        assert "This invitation was accepted already" in person.page
        assert "Welcome" not in person.page
    member_id, older = await front.invite(admin.browser, "kim@elsewhere.example")
    command = members_invitations.Invite(
        invitation_id=uuid4(),
        email="kim@elsewhere.example",
        name="Kim",
        seat_type=SeatType.BASE,
        role=Role.CLINICIAN,
        sealed="sealed",
    )
    await front.handle(front.invited(command, member_id))
    await admin.open(f"/invite/{older}")
    assert "A newer invitation has taken its place" in admin.page


async def test_an_invented_link_says_so_and_names_nobody(front: GatewayHarness) -> None:
    await front.agency()
    for person in (Visitor(front.browser()), Visitor(await front.sign_in())):
        for path in (f"/login/{INVENTED}", "/login/x"):
            response = await person.open(path)
            assert (response.status_code, "We do not know this link" in person.page) == (401, True)
        for path in (f"/invite/{INVENTED}", "/invite/%00"):
            response = await person.open(path)
            assert (response.status_code, "We do not know this invitation" in person.page) == (401, True)
            assert "It was emailed to" not in person.page


async def test_a_link_of_a_removed_member_names_nobody(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up()
    path = await link_of(front, NOOR)
    await front.handle(events.Removed(member_id=member_id, before=MemberStatus.PENDING_LOGIN))
    person = Visitor(front.browser())
    await person.open(path)
    assert "no longer good for this address" in person.page
    assert "noor@" not in person.page


async def test_an_expired_link_says_so(front: GatewayHarness) -> None:
    await front.agency()
    path = await link_of(front, ADA)
    front.service.clock.advance(3601)
    person = Visitor(front.browser())
    await person.open(path)
    assert "This link has expired" in person.page


async def test_two_tabs_of_one_browser_work_for_two_people(front: GatewayHarness) -> None:
    await front.agency()
    await active(front)
    browser = front.browser()
    ada, noor = Visitor(browser), Visitor(browser)
    mails = {}
    for person, email in ((ada, ADA), (noor, NOOR)):
        await person.open("/login")
        await person.send("/login", email=email)
        mails[email] = await mail_of(front, email)
    wrong = "1111" if mails[ADA]["code"] != "1111" else "2222"
    await ada.press("/login/code", code=wrong)
    assert "You have 4 tries left" in ada.page
    assert "ada@" in ada.page, "the page is still that of its own address"
    await noor.press("/login/code", code=wrong if mails[NOOR]["code"] != wrong else "3333")
    assert "You have 4 tries left" in noor.page, "the other tab's wrong try does not count here"
    response = await ada.press("/login/code", code=mails[ADA]["code"])
    assert (response.status_code, await me(ada)) == (303, ADA)
    response = await noor.press("/login/code", code=mails[NOOR]["code"])
    assert (response.status_code, await me(noor)) == (303, NOOR)


async def test_a_form_with_an_address_that_is_none_of_ours_falls_back_to_the_cookie(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(front.browser())
    await person.open("/login")
    await person.send("/login", email=ADA)
    mail = await mail_of(front, ADA)
    for planted in ("not-ours", "W10=", "\x00"):
        response = await person.browser.post("/login/code", data={"sign_in": planted, "code": "x"}, headers=HTML)
        assert (response.status_code, "ada@" in response.text) == (422, True)
    await person.press("/login/code", code=mail["code"], sign_in="not-ours")
    assert await me(person) == ADA
