"""A member's own page, and the API's calls about one member: where they are signed in, and what happened to them."""

import asyncio
import re
from uuid import UUID, uuid4

import httpx

from contracts import members as events
from contracts.members import ChangeRole, MembersCommandRejected, Remove
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, Role, SeatType
from tests.services.gateway.test_activity_log import bought
from tests.services.gateway.test_pages_members import MEMBERS, ada, noor, press, signed
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Visitor

API = "/api/v1"


async def blocked(front: GatewayHarness, member_id: UUID) -> None:
    reason = BlockedReason.NO_SEAT_AVAILABLE
    await front.handle(events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))


async def is_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get(f"{API}/me")).status_code == 200


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition('id="content"')[2]))


async def test_a_name_in_the_list_leads_to_the_persons_page_and_back_to_the_same_part_of_the_list(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    member_id = await noor(front)
    await person.open(f"{MEMBERS}?status=active")
    assert f'href="{MEMBERS}/{member_id}?status=active"' in person.page
    await person.open(f"{MEMBERS}/{member_id}?status=active")
    text = text_of(person.page)
    assert "Noor Haddad" in text
    assert "Active: holds a seat." in text
    assert "Not signed in anywhere." in text
    assert f'href="{MEMBERS}?status=active"' in person.page
    assert f'action="{MEMBERS}/{member_id}/seat?status=active&amp;person={member_id}"' in person.page


async def test_an_action_on_a_persons_page_leads_back_to_it_and_a_rejection_is_shown_there(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    await signed(front)
    member_id = await noor(front)
    page = f"{MEMBERS}/{member_id}"
    await person.open(f"{page}?status=active")
    action = f"{page}/role?status=active&person={member_id}"
    await person.press(action, role="admin")
    assert f'href="{page}?status=active"' in person.page
    fields = person.fields(action)
    asking = asyncio.create_task(person.browser.post(action, data=fields | {"role": "admin"}, headers=HTML))
    command = (await front.published(ChangeRole)).envelope
    no = MembersCommandRejected(command_id=str(command.id), command_type=ChangeRole.type, code=RejectionCode.LAST_ADMIN)
    await front.handle(no, command=command.id)
    person.at = await asking
    assert person.at.status_code == 409
    assert 'role="alert"' in person.page
    assert "<h1>" in person.page
    assert "History" in text_of(person.page)
    await person.open(f"{page}/remove?person={member_id}")
    removed = events.Removed(member_id=member_id, before=MemberStatus.ACTIVE, plan_type=SeatType.BASE)
    await press(front, person, f"{page}/remove?person={member_id}", Remove, removed)
    text = text_of(person.page)
    assert "Noor Haddad is removed." in text
    assert "Removed: has no access" in text
    assert "Invite Noor Haddad again" in text


async def test_the_history_has_the_lines_about_the_person_alone_a_page_at_a_time(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await noor(front)
    other = await front.signed_up("tom@harbor.example", "Tom Reyes")
    await blocked(front, other)
    await front.handle(bought(other, member_id))
    for number in range(26):
        role, before = (Role.ADMIN, Role.CLINICIAN) if number % 2 else (Role.CLINICIAN, Role.ADMIN)
        await front.handle(events.RoleChanged(member_id=member_id, before=before, role=role))
    await person.open(f"{MEMBERS}/{member_id}")
    assert person.page.count('<li id="a-') == 25
    older = re.search(r'href="([^"]*cursor=\d+#history)"', person.page)
    assert older is not None
    await person.open(older.group(1).replace("&amp;", "&"))
    text = text_of(person.page)
    assert "Auto-Add bought 2 Voice seats" in text
    assert "Show the newest" in text
    about = (await person.browser.get(f"{API}/activity?member={other}")).json()["items"]
    assert {line["action"] for line in about} == {"signed_up", "blocked", "seats_auto_added"}
    spreadsheet = (await person.browser.get(f"{API}/activity.csv?member={other}")).text
    assert len(spreadsheet.strip().splitlines()) == 1 + len(about)


async def test_an_admin_ends_a_members_sessions_and_of_their_own_all_but_this_one(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await noor(front)
    phone = await front.sign_in("noor@harbor.example")
    page = f"{MEMBERS}/{member_id}"
    await person.open(page)
    assert "End sessions" in text_of(person.page)
    [session] = (await person.browser.get(f"{API}/members/{member_id}/sessions")).json()["items"]
    assert session["current"] is False
    await person.send(f"{page}/end-sessions?person={member_id}")
    assert "Noor Haddad is signed out everywhere." in text_of(person.page)
    assert not await is_in(phone)
    assert (await person.browser.get(f"{API}/members/{member_id}/sessions")).json() == {"items": []}
    elsewhere = await front.sign_in()
    own = f"{MEMBERS}/{front.admin_id}"
    await person.open(own)
    await person.send(f"{own}/end-sessions?person={front.admin_id}")
    assert "All other sessions have ended." in text_of(person.page)
    assert "End all other sessions" not in person.page
    assert not await is_in(elsewhere)
    assert await is_in(person.browser)


async def test_the_api_reads_one_member_and_ends_the_members_sessions(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    member_id = await noor(front)
    phone = await front.sign_in("noor@harbor.example")
    one = await admin.get(f"{API}/members/{member_id}")
    assert (one.json()["email"], one.json()["status"]) == ("noor@harbor.example", "active")
    assert (await admin.delete(f"{API}/members/{member_id}/sessions")).status_code == 204
    assert not await is_in(phone)


async def test_invariant_a_member_of_another_agency_is_unknown_to_each_call_and_to_the_page(
    front: GatewayHarness,
) -> None:
    """INVARIANT: the agency comes from the session, so that an id of another agency is as good as none."""
    await front.agency()
    member_id = await noor(front)
    phone = await front.sign_in("noor@harbor.example")
    await front.agency(agency=uuid4(), domain="river.example")
    stranger = Visitor(await front.sign_in("ada@river.example"))
    for method, path in (
        ("GET", f"{API}/members/{member_id}"),
        ("GET", f"{API}/members/{member_id}/sessions"),
        ("DELETE", f"{API}/members/{member_id}/sessions"),
    ):
        answer = await stranger.browser.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_member")
    assert (await stranger.browser.get(f"{API}/activity?member={member_id}")).json()["items"] == []
    await stranger.open(f"{MEMBERS}/{member_id}")
    assert stranger.at.status_code == 404
    ended = await stranger.browser.post(f"{MEMBERS}/{member_id}/end-sessions", headers={"Accept": "text/html"})
    assert ended.status_code == 404
    assert await is_in(phone)
