"""A form that fails on our side keeps every word and its key, whatever the form is and with or without scripts."""

import pytest

from contracts import members as events
from contracts import members_agencies
from contracts.members_invitations import Invite
from contracts.vocabulary import BAA_VERSION, BlockedReason, SeatType
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Forms, Visitor

MEMBERS = "/admin/agency/members"
BILLING = "/admin/agency/billing"
SETTINGS = "/admin/agency/settings"
IN_PLACE = {"Headcount-In-Place": "1"}
TYPED = {
    "name": "Nia Novak",
    "email": "nia@harbor.example",
    "seat_type": "voice",
    "role": "admin",
    "code": "0412",
    "domain": "other.example",
    "scopes": "read",
    "days": "30",
    "signer_name": "Ada Admin",
    "signer_title": "Owner",
    "seats": "20",
    "amount": "700",
    "base": "4",
    "voice": "2",
    "sure": "yes",
}


UNREADABLE = "ALTER TABLE {} RENAME TO away"
READABLE = "ALTER TABLE away RENAME TO {}"


async def ada(front: GatewayHarness) -> tuple[Visitor, list[str]]:
    """The admin of an agency with an Active and a Blocked member, and the addresses of the pages that have forms."""
    await front.agency()
    signature = members_agencies.BaaSigned(
        signer_id=front.admin_id,
        signer_name="Ada Admin",
        signer_title="Owner",
        version=BAA_VERSION,
        signed_at=front.service.clock(),
    )
    active = await front.signed_up("tom@harbor.example", "Tom Active")
    await front.activate(active)
    blocked = await front.signed_up("bea@harbor.example", "Bea Blocked")
    reason = BlockedReason.NO_SEAT_AVAILABLE
    await front.handle(events.Blocked(member_id=blocked, seat_type=SeatType.VOICE, reason=reason))
    person = Visitor(await front.sign_in())
    await front.handle(signature)
    dialogs = [f"{MEMBERS}/{member}/{what}" for member in (active, blocked) for what in ("edit", "reinvite", "remove")]
    return person, [MEMBERS, BILLING, SETTINGS, f"{MEMBERS}/invite", *dialogs]


async def forms_of(person: Visitor, pages: list[str]) -> dict[str, dict[str, str]]:
    """Every form of these pages that has a key, by its address, with what a person types into it."""
    found: dict[str, dict[str, str]] = {}
    for page in pages:
        assert (await person.open(page)).status_code == 200, page
        for action, fields in Forms(person.at.text).forms.items():
            if "key" in fields:
                found[action] = fields | {name: TYPED[name] for name in fields if name in TYPED}
    return found


@pytest.mark.parametrize("fault", ["bus away", "database answers with an error"])
async def test_every_form_of_the_admin_pages_that_fails_can_be_sent_again_as_it_was(
    front: GatewayHarness, fault: str
) -> None:
    person, pages = await ada(front)
    sent = await forms_of(person, pages)
    sent[f"{SETTINGS}/baa"] = {"key": "mine", "version": BAA_VERSION}
    sent[f"{BILLING}/retry"] = {"key": "mine"}
    sent[f"{SETTINGS}/auto-add"] = {"key": "mine", "enabled": "off"}
    assert len(sent) > 15, sorted(sent)
    failed = set()
    if fault == "bus away":
        front.stalled = 11.0
    else:
        await front.service.alter(UNREADABLE.format("operations"))
    for action, fields in sent.items():
        data = fields | {name: value for name, value in TYPED.items() if name not in fields}
        person.at = await person.browser.post(action, data=data, headers=HTML)
        if person.at.status_code not in {500, 503}:
            continue
        failed.add(action.partition("?")[0].rpartition("/")[2])
        assert person.fields(action) == data, "every word, and the same key"
        assert "Try again" in person.page
        note = await person.browser.post(action, data=data, headers=HTML | IN_PLACE)
        assert (note.status_code, note.headers["Headcount-Note"]) == (person.at.status_code, "failed")
        assert "<html" not in note.text, "the page stays"
    assert failed >= {"invite", "edit", "reinvite", "seat", "role", "remove", "retry", "portal", "ask", "auto-add"}
    assert failed >= {"domain", "baa"}


async def test_a_form_that_failed_is_done_once_when_it_is_sent_again(front: GatewayHarness) -> None:
    person, _ = await ada(front)
    await person.open(f"{MEMBERS}/invite")
    action = f"{MEMBERS}/invite"
    typed = {"name": "Nia Novak", "email": "nia@harbor.example", "seat_type": "base", "role": "admin"}
    key = person.fields(action)["key"]
    front.stalled = 11.0
    await person.press(action, **typed)
    assert (person.at.status_code, person.fields(action)["key"]) == (503, key)
    front.stalled = 0.0
    await front.service.published()
    again = person.fields(action)
    for _ in range(2):
        front.http.gateway.operations.patience = 0.0
        await person.browser.post(action, data=again, headers=HTML)
    assert [message.type for message in await front.service.published()].count(Invite.type) == 1


@pytest.mark.parametrize("page", ["/login", "/signup"])
async def test_the_forms_of_a_stranger_keep_their_words_too(front: GatewayHarness, page: str) -> None:
    await front.agency()
    person = Visitor(front.browser())
    await person.open(page)
    front.stalled = 11.0
    sent = person.fields(page) | {name: TYPED[name] for name in ("name", "email", "seat_type")}
    person.at = await person.browser.post(page, data=sent, headers=HTML)
    assert (person.at.status_code, person.fields(page)) == (503, sent)


async def test_a_rejected_form_has_a_new_key_and_every_word(front: GatewayHarness) -> None:
    person, _ = await ada(front)
    action = f"{MEMBERS}/invite"
    await person.open(action)
    before = person.fields(action)
    await person.press(action, name="Nia Novak", email="nia@nowhere", seat_type="base")
    after = person.fields(action)
    assert (person.at.status_code, after["name"], after["email"]) == (422, "Nia Novak", "nia@nowhere")
    assert after["key"] != before["key"]


async def test_a_rejection_that_no_form_shows_is_a_note_for_a_script_and_a_page_without_one(
    front: GatewayHarness,
) -> None:
    person, _ = await ada(front)
    action = f"{MEMBERS}/{front.agency_id}/remove"
    page = await person.browser.post(action, data={}, headers=HTML)
    assert (page.status_code, "No such member" in page.text, "<html" in page.text) == (404, True, True)
    for headers in (IN_PLACE, {"HX-Request": "true"}):
        note = await person.browser.post(action, data={}, headers=HTML | headers)
        assert (note.status_code, note.headers["Headcount-Note"]) == (404, "rejected")
        assert "<html" not in note.text


async def test_the_address_of_a_form_leads_to_the_page_that_it_stands_on(front: GatewayHarness) -> None:
    person, _ = await ada(front)
    for address, page in (
        (f"{BILLING}/adjust", BILLING),
        (f"{BILLING}/cycle/ask", BILLING),
        (f"{MEMBERS}/{front.admin_id}/role", f"{MEMBERS}/{front.admin_id}"),
        (f"{SETTINGS}/domain", SETTINGS),
    ):
        await person.open(address)
        assert (person.at.status_code, person.at.request.url.path) == (200, page)
    stranger = front.browser()
    sent = await stranger.post(f"{MEMBERS}/{front.admin_id}/role", data={"role": "admin"}, headers=HTML)
    assert sent.headers["Location"] == f"/login?next={MEMBERS}/{front.admin_id}"


async def test_a_page_that_cannot_be_read_is_asked_for_again_with_its_whole_address(front: GatewayHarness) -> None:
    person, _ = await ada(front)
    await front.service.alter(UNREADABLE.format("seat_days"))
    response = await person.open(f"{BILLING}?add=voice")
    assert (response.status_code, f'href="{BILLING}?add=voice"' in response.text) == (500, True)
    await front.service.alter(READABLE.format("seat_days"))


async def test_a_script_is_told_where_to_go_on(front: GatewayHarness) -> None:
    await front.agency()
    response = await front.browser().post("/login", data={"email": "ada@harbor.example"}, headers=HTML | IN_PLACE)
    assert (response.status_code, response.headers["Headcount-Location"]) == (204, "/login/code")
