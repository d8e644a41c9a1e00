"""The Members tab, as somebody without scripts sees it."""

import asyncio
import re
from uuid import UUID, uuid4

import httpx

from contracts import members as events
from contracts import members_agencies
from contracts.members import ChangeRole, MembersCommandRejected, Remove
from contracts.members_erasure import Erase, Erased
from contracts.message import Message
from contracts.seats import SeatSwapped
from contracts.vocabulary import BAA_VERSION, BlockedReason, MemberStatus, RejectionCode, Role, SeatType
from services.gateway.model.bulk import MOST_CHANGED
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Visitor, undo_of

MEMBERS = "/admin/agency/members"


async def ada(front: GatewayHarness) -> Visitor:
    """The admin, signed in, on the list of members."""
    await front.agency()
    person = Visitor(await front.sign_in())
    await person.open(MEMBERS)
    return person


async def noor(front: GatewayHarness) -> UUID:
    """A clinician who holds a seat."""
    member_id = await front.signed_up()
    await front.activate(member_id)
    return member_id


async def press(
    front: GatewayHarness, person: Visitor, action: str, kind: type[Message], outcome: Message, **typed: str
) -> httpx.Response:
    """Send a form whose command ends so, and follow where it leads."""
    asking = person.browser.post(action, data=person.fields(action) | typed, headers=HTML)
    person.at = await front.answered(asking, kind, lambda _order: outcome)
    return await person.open(person.at.headers["Location"]) if person.at.is_redirect else person.at


def names_in(page: str) -> list[str]:
    return re.findall(r'<bdi class="name">([^<]+)</bdi>', page)


def list_of(page: str) -> str:
    """The page from the list on, without the filters above it."""
    return page.partition('id="list"')[2]


async def test_blocked_members_come_first_and_then_all_others_by_name_also_across_pages(front: GatewayHarness) -> None:
    person = await ada(front)
    for number in range(55):
        await front.signed_up(f"m{number:02}@harbor.example", f"Member {number:02}")
    for name in ("Zoe Last", "Yan Later"):
        member_id = await front.signed_up(f"{name.split()[0].lower()}@harbor.example", name)
        reason = BlockedReason.NO_SEAT_AVAILABLE
        await front.handle(events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))
    await person.open(MEMBERS)
    first = names_in(person.page)
    assert first[:4] == ["Yan Later", "Zoe Last", "Ada Admin", "Member 00"]
    following = re.search(r'href="([^"]*page=2)"', person.page)
    assert following is not None
    await person.open(following.group(1).replace("&amp;", "&"))
    assert names_in(person.page) == [f"Member {number:02}" for number in range(47, 55)]


async def test_as_many_are_reinvited_into_free_seats_as_one_request_takes(front: GatewayHarness) -> None:
    await front.agency(base=60)
    person = Visitor(await front.sign_in())
    for number in range(MOST_CHANGED + 1):
        member_id = await front.signed_up(f"m{number}@harbor.example", f"Member {number}", SeatType.BASE)
        reason = BlockedReason.NO_SEAT_AVAILABLE
        await front.handle(events.Blocked(member_id=member_id, seat_type=SeatType.BASE, reason=reason))
    await person.open(MEMBERS)
    assert f"Re-invite {MOST_CHANGED} into free seats" in person.page
    form = person.at.text.partition('value="reinvite"')[2].partition("</form>")[0]
    assert form.count('name="ids"') == MOST_CHANGED


async def test_making_an_admin_needs_a_confirmation_and_the_list_then_says_that_it_is_done(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    member_id = await noor(front)
    action = f"{MEMBERS}/{member_id}/role"
    await person.open(MEMBERS)
    await front.service.published()
    await person.press(action, role="admin")
    assert "Make Noor Haddad an admin?" in person.page
    assert await front.service.published() == []
    changed = events.RoleChanged(member_id=member_id, before=Role.CLINICIAN, role=Role.ADMIN)
    await press(front, person, action, ChangeRole, changed)
    assert "Noor Haddad is an admin now." in person.page
    undo = undo_of(person.page)
    assert (undo["shown"], undo["role"]) == ("admin", "clinician")
    back = events.RoleChanged(member_id=member_id, before=Role.ADMIN, role=Role.CLINICIAN)
    await front.answered(person.browser.post(action, data=undo, headers=HTML), ChangeRole, lambda _: back)
    await person.open(f"{MEMBERS}?done=role&who={member_id}")
    assert "Noor Haddad is a clinician now, and no admin." in person.page
    undo = undo_of(person.page)
    assert (undo["shown"], undo["role"]) == ("clinician", "admin")
    person.at = await person.browser.post(action, data=undo, headers=HTML)
    assert "Make Noor Haddad an admin?" in person.page, "the undo asks what the change asks"


async def test_making_an_admin_a_clinician_again_needs_no_confirmation(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await front.signed_up()
    await front.activate(member_id, Role.ADMIN)
    await person.open(MEMBERS)
    changed = events.RoleChanged(member_id=member_id, before=Role.ADMIN, role=Role.CLINICIAN)
    await press(front, person, f"{MEMBERS}/{member_id}/role", ChangeRole, changed, role="clinician")
    assert "Noor Haddad is a clinician now, and no admin." in person.page


async def test_the_only_admins_role_is_fixed_and_the_row_says_why(front: GatewayHarness) -> None:
    person = await ada(front)
    assert "The only admin. Make somebody else an admin first." in person.page
    assert "clinician" not in list_of(person.page)
    await front.activate(await front.signed_up(), Role.ADMIN)
    await person.open(MEMBERS)
    assert "The only admin." not in person.page


async def test_INVARIANT_a_page_that_shows_an_older_role_changes_nothing(front: GatewayHarness) -> None:  # noqa: N802
    """INVARIANT: a page that shows an older role changes nothing."""
    person = await ada(front)
    member_id = await noor(front)
    await person.open(MEMBERS)
    await front.handle(events.RoleChanged(member_id=member_id, before=Role.CLINICIAN, role=Role.ADMIN))
    await front.service.published()
    await person.press(f"{MEMBERS}/{member_id}/role", role="clinician")
    assert person.at.status_code == 409
    assert "your change was not made" in person.page
    assert await front.service.published() == []


async def test_a_rejection_stands_in_the_row_that_it_concerns(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await front.signed_up()
    await front.activate(member_id, Role.ADMIN)
    await person.open(MEMBERS)
    asking = asyncio.ensure_future(person.press(f"{MEMBERS}/{member_id}/role", role="clinician"))
    command = (await front.published(ChangeRole)).envelope
    no = MembersCommandRejected(
        command_id=str(command.id), command_type=ChangeRole.type, code=RejectionCode.BAA_UNSIGNED
    )
    await front.handle(no, command=command.id)
    await asking
    assert person.at.status_code == 409
    row = person.page.partition(f'id="r-{member_id.hex}"')[2].partition("</td>")[0]
    assert "BAA is not signed yet" in row


async def test_the_dialog_of_a_removal_says_that_the_seat_is_free_and_still_paid_for(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await noor(front)
    await person.open(f"{MEMBERS}/{member_id}/remove?status=active")
    assert "Their Voice seat is free then" in person.page
    assert "you go on paying for 1 Voice seat until you reduce the number" in person.page
    action = f"{MEMBERS}/{member_id}/remove?status=active"
    await press(front, person, action, Remove, events.Removed(member_id=member_id, before=MemberStatus.ACTIVE))
    assert "Noor Haddad is removed." in person.page
    assert person.at.request.url.params["status"] == "active"


async def test_a_member_of_another_agency_is_unknown_here(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.agency(agency=uuid4(), domain="other.example")
    for member in (uuid4(), "no-id"):
        assert (await person.open(f"{MEMBERS}/{member}/remove")).status_code == 404


async def test_a_script_gets_a_question_as_the_dialog_of_the_page(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await noor(front)
    response = await person.browser.get(f"{MEMBERS}/{member_id}/remove", headers={**HTML, "HX-Request": "true"})
    assert (response.headers["hx-retarget"], response.headers["hx-replace-url"]) == ("#dialog", "false")


async def test_an_open_page_keeps_the_order_of_its_rows_and_shows_how_many_have_changed(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    member_id = await noor(front)
    shown = f"{member_id.hex}.{front.admin_id.hex}"
    await front.signed_up("zoe@harbor.example", "Zoe Last")
    await person.open(f"{MEMBERS}?shown={shown}")
    assert names_in(person.page) == ["Noor Haddad", "Ada Admin"]
    assert "2 changes in the order of this list." in person.page
    await person.open(f"{MEMBERS}?shown=nonsense")
    assert names_in(person.page) == ["Ada Admin", "Noor Haddad", "Zoe Last"]


async def test_a_new_agencys_first_steps_lead_to_their_places_and_go_away_when_done(front: GatewayHarness) -> None:
    person = await ada(front)
    assert "First steps" in person.page
    for place in ("settings#baa", "settings#agency", "settings#auto-add", "billing#portal-title", "members/invite"):
        address = f"/admin/agency/{place}"
        assert f'href="{address}"' in person.page.partition('id="first-steps"')[2].partition("</section>")[0]
        page, _, anchor = address.partition("#")
        await person.open(page)
        assert not anchor or f'id="{anchor}"' in person.page
        await person.open(MEMBERS)
    await signed(front)
    await person.open(MEMBERS)
    assert "Sign the BAA: <strong>Done</strong>" in person.page
    await noor(front)
    await person.open(MEMBERS)
    assert "First steps" not in person.page


async def test_an_admin_who_gives_up_the_own_rights_leaves_the_admin_pages(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.activate(await front.signed_up(), Role.ADMIN)
    await person.open(MEMBERS)
    changed = events.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN)
    action = f"{MEMBERS}/{front.admin_id}/role"
    await front.service.published()
    await person.press(action, role="clinician")
    assert "Stop being an admin?" in person.page
    assert await front.service.published() == []
    await press(front, person, action, ChangeRole, changed)
    assert person.at.request.url.path == "/welcome"
    assert "You are no longer an admin" in person.page
    assert "Your seat is ready" not in person.page
    await person.open("/welcome")
    assert "You are no longer an admin" not in person.page, "it is said once"


async def test_an_admin_who_removes_themselves_is_told_before_and_after(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.activate(await front.signed_up(), Role.ADMIN)
    await signed(front)
    await person.open(f"{MEMBERS}/{front.admin_id}/remove")
    assert "This is you." in person.page
    removed = events.Removed(member_id=front.admin_id, before=MemberStatus.ACTIVE)
    await press(front, person, f"{MEMBERS}/{front.admin_id}/remove", Remove, removed)
    assert "You removed yourself from your agency" in person.page


async def test_an_admin_erases_a_removed_person_on_their_page_and_nothing_names_them_afterwards(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    await signed(front)
    member_id = await front.signed_up("nia@harbor.example", "Nia Novak")
    page = f"{MEMBERS}/{member_id}"
    await person.open(page)
    assert f"{page}/erase" not in person.page, "only a removed member can be erased"
    await front.handle(events.Removed(member_id=member_id, before=MemberStatus.PENDING_LOGIN))
    await person.open(page)
    assert f"{page}/erase" in person.page
    await person.open(f"{page}/erase")
    assert "Erase Nia Novak?" in person.page
    assert "This cannot be undone." in person.page
    await press(front, person, f"{page}/erase?person={member_id}", Erase, Erased(member_id=member_id))
    assert "The name and the email addresses are erased. The history stays." in person.page
    assert "Nia Novak" not in person.page
    assert f"{page}/erase" not in person.page
    await person.open(f"{MEMBERS}?status=removed")
    assert "A removed person" in person.page
    assert f"/invite?email={member_id.hex}" not in person.page, "nobody invites a row without an address"


async def test_a_row_says_what_a_person_waits_for(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await front.signed_up()
    await person.open(MEMBERS)
    assert "has not logged in yet" in person.page
    login = events.FirstLogin(member_id=member_id, seat_type=SeatType.VOICE)
    await front.handle(login)
    await person.open(MEMBERS)
    assert "logged in, and a seat is being bought" in person.page
    assert "has not logged in yet" not in person.page


async def test_the_words_of_a_re_invitation_stay_when_it_is_rejected(front: GatewayHarness) -> None:
    person = await ada(front)
    await signed(front)
    member_id = await front.signed_up()
    reason = BlockedReason.NO_SEAT_AVAILABLE
    await front.handle(events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))
    action = f"{MEMBERS}/{member_id}/reinvite"
    await person.open(action)
    typed = {"name": "x" * 201, "seat_type": "base", "role": "clinician"}
    await person.press(action, **typed)
    assert (person.at.status_code, person.fields(action)["name"]) == (422, "x" * 201)
    assert "Write a name, of at most 200 characters." in person.page


async def test_a_page_is_compressed_for_browsers_that_accept_it(front: GatewayHarness) -> None:
    person = await ada(front)
    response = await person.browser.get(MEMBERS, headers={**HTML, "Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    plain = await person.browser.get(MEMBERS, headers={**HTML, "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


async def signed(front: GatewayHarness) -> None:
    baa = members_agencies.BaaSigned(
        signer_id=front.admin_id,
        signer_name="Ada Admin",
        signer_title="Owner",
        version=BAA_VERSION,
        signed_at=front.service.clock(),
    )
    await front.handle(baa)


async def test_an_incomplete_invitation_keeps_what_was_typed(front: GatewayHarness) -> None:
    person = await ada(front)
    await signed(front)
    await person.open(f"{MEMBERS}/invite?email=zoe@harbor.example&name=Zoe")
    assert person.fields(f"{MEMBERS}/invite")["name"] == "Zoe"
    await person.press(f"{MEMBERS}/invite", email="no-address")
    assert person.at.status_code == 422
    assert "Write a whole email address" in person.page
    assert person.fields(f"{MEMBERS}/invite")["email"] == "no-address"


async def test_INVARIANT_a_page_that_shows_an_older_seat_changes_nothing(front: GatewayHarness) -> None:  # noqa: N802
    """INVARIANT: a page that shows an older seat changes nothing."""
    person = await ada(front)
    await signed(front)
    member_id = await noor(front)
    await person.open(MEMBERS)
    await front.handle(SeatSwapped(member_id=member_id, before=SeatType.VOICE, seat_type=SeatType.BASE))
    await front.service.published()
    await person.press(f"{MEMBERS}/{member_id}/seat", seat_type="voice")
    assert (person.at.status_code, await front.service.published()) == (409, [])


async def test_the_list_of_all_folds_the_blocked_after_the_second_and_their_filter_shows_each(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    for number in range(6):
        member_id = await front.signed_up(f"b{number}@harbor.example", f"Blocked {number}")
        reason = BlockedReason.NO_SEAT_AVAILABLE
        await front.handle(events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))
    await person.open(MEMBERS)
    assert person.page.count('class="folded"') == 4
    assert "Show all 6 Blocked" in person.page
    names = names_in(person.page)
    assert names.index("Blocked 5") < names.index("Ada Admin")
    for view in ("?status=blocked", "?q=harbor"):
        await person.open(f"{MEMBERS}{view}")
        assert "Blocked 5" in person.page
        assert 'class="folded"' not in person.page
        assert "Show all 6 Blocked" not in person.page


async def test_invited_people_are_shown_where_seats_are_promised_and_an_admin_is_warned_of_one_too_many(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    await signed(front)
    await person.open(f"{MEMBERS}/invite")
    assert "1 of 1 free" in person.page
    assert "the others are blocked" not in person.page
    await front.invite(person.browser)
    await person.open(MEMBERS)
    assert "1 free · 1 invited" in person.page
    await person.open(f"{MEMBERS}/invite")
    assert "1 of 1 free, 1 invited" in person.page
    warning = "Voice: 1 person is invited already, and 1 Voice seat is free. Whoever accepts first gets a seat;"
    assert warning in person.page
    await person.open("/admin/agency/billing")
    assert "1 purchased · 0 active · 1 free · 1 invited" in person.page
