"""One change for several members, over HTTP: a command for each, and a result for each."""

import asyncio
from uuid import UUID, uuid4

import httpx

from contracts import members as events
from contracts import members_agencies, members_invitations
from contracts.members import ChangeRole, MembersCommandRejected, Remove
from contracts.members_invitations import Reinvite
from contracts.message import Message, read_rejection
from contracts.seats import SeatsCommandRejected, SeatSwapped, Swap
from contracts.vocabulary import BAA_VERSION, BlockedReason, MemberStatus, RejectionCode, Role, SeatType
from tests.support.bus import PublishedMessage
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Visitor

MEMBERS = "/admin/agency/members"
CHANGE = "/api/v1/members/change"


async def two(front: GatewayHarness) -> tuple[httpx.AsyncClient, UUID, UUID]:
    """The admin's browser, and Noor and Zoe, who are Active; the BAA is signed."""
    await front.agency(voice=5)
    baa = members_agencies.BaaSigned(
        signer_id=front.admin_id,
        signer_name="Ada Admin",
        signer_title="Owner",
        version=BAA_VERSION,
        signed_at=front.service.clock(),
    )
    await front.handle(baa)
    noor, zoe = await front.signed_up(), await front.signed_up("zoe@harbor.example", "Zoe Last")
    for member_id in (noor, zoe):
        await front.activate(member_id)
    return await front.sign_in(), noor, zoe


async def answer(front: GatewayHarness, command: PublishedMessage, event: Message) -> None:
    await front.handle(event, command=command.envelope.id)


def no(command: PublishedMessage, code: RejectionCode) -> MembersCommandRejected:
    return MembersCommandRejected(command_id=str(command.envelope.id), command_type=command.type, code=code)


async def test_each_member_is_a_command_and_a_rejection_stops_no_other(front: GatewayHarness) -> None:
    admin, noor, zoe = await two(front)
    stranger = uuid4()
    body = {"action": "remove", "ids": [str(noor), str(stranger), str(zoe)]}
    headers = {"Idempotency-Key": "removal"}

    async def ask() -> httpx.Response:
        return await admin.post(CHANGE, json=body, headers=headers)

    asking = asyncio.ensure_future(ask())
    for _ in range(3):
        command = await front.published(Remove)
        match command.data.member_id:
            case member_id if member_id == noor:
                event: Message = events.Removed(member_id=noor, before=MemberStatus.ACTIVE)
            case member_id if member_id == zoe:
                event = no(command, RejectionCode.LAST_ADMIN)
            case _:
                event = no(command, RejectionCode.UNKNOWN_MEMBER)
        await answer(front, command, event)
    response = await asking
    assert (response.status_code, response.json()["done"], response.json()["running"]) == (200, [str(noor)], [])
    refused = [(item["id"], item["code"]) for item in response.json()["refused"]]
    assert refused == [(str(stranger), "unknown_member"), (str(zoe), "last_admin")]
    assert (await ask()).json() == response.json(), "the same key meets the same commands"
    assert [m for m in await front.service.published() if m.type == Remove.type] == []
    body["ids"] = [str(zoe)]
    other = await ask()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_change_says_which_seat_or_role_it_gives_and_fifty_members_are_the_most(front: GatewayHarness) -> None:
    admin, noor, _ = await two(front)
    for wrong in (
        {"action": "change_seat"},
        {"action": "change_role", "seatType": "base"},
        {"action": "remove", "role": "admin"},
        {"action": "remove", "ids": [str(noor)] * 2},
        {"action": "remove", "ids": [str(uuid4()) for _ in range(51)]},
        {"action": "promote"},
    ):
        response = await admin.post(CHANGE, json={"ids": [str(noor)], **wrong})
        assert (wrong, response.status_code) == (wrong, 422)
    assert [m for m in await front.service.published() if m.type == Remove.type] == []


async def test_seats_are_changed_in_the_given_order_while_there_are_some(front: GatewayHarness) -> None:
    admin, noor, zoe = await two(front)
    body = {"action": "change_seat", "seatType": "base", "ids": [str(noor), str(zoe)]}
    asking = asyncio.ensure_future(admin.post(CHANGE, json=body))
    first, second = await front.published(Swap), await front.published(Swap)
    assert [first.data.member_id, second.data.member_id] == [noor, zoe]
    await answer(front, first, SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE))
    figures = read_rejection("no_seat_available", {"seat_type": "base", "purchased": 2, "active": 2, "waiting": 0})
    full = SeatsCommandRejected(
        command_id=str(second.envelope.id),
        command_type=Swap.type,
        code=RejectionCode.NO_SEAT_AVAILABLE,
        figures=figures,
    )
    await answer(front, second, full)
    response = (await asking).json()
    assert (response["done"], [item["code"] for item in response["refused"]]) == ([str(noor)], ["no_seat_available"])


async def test_a_change_that_makes_admins_needs_a_fresh_code_before_any_command(front: GatewayHarness) -> None:
    admin, noor, zoe = await two(front)
    front.service.clock.advance(3600)
    body = {"action": "change_role", "role": "admin", "ids": [str(noor), str(zoe)]}
    response = await admin.post(CHANGE, json=body)
    assert (response.status_code, response.json()["code"]) == (403, "fresh_code_required")
    assert [m for m in await front.service.published() if m.type == ChangeRole.type] == []


async def test_the_page_asks_once_leaves_out_whom_it_cannot_help_and_shows_each_result(front: GatewayHarness) -> None:
    browser, noor, zoe = await two(front)
    reason = BlockedReason.NO_SEAT_AVAILABLE
    omar = await front.signed_up("omar@harbor.example", "Omar Haddad")
    nia = await front.signed_up("nia@harbor.example", "Nia Novak")
    for member_id in (omar, nia):
        await front.handle(events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))
    person = Visitor(browser)
    await person.open(MEMBERS)
    ids = [str(member_id) for member_id in (noor, omar, nia)]
    fields = person.fields(f"{MEMBERS}/select")
    person.at = await browser.post(f"{MEMBERS}/select", data={**fields, "action": "reinvite", "ids": ids}, headers=HTML)
    assert "Re-invite 2 people?" in person.page
    assert "Left out: Noor Haddad." in person.page
    sent = {**person.fields(f"{MEMBERS}/change"), "ids": [str(omar), str(nia)]}
    asking = asyncio.ensure_future(browser.post(f"{MEMBERS}/change", data=sent, headers=HTML))
    command = await front.published(Reinvite)
    figures: dict[str, int | str | None] = {"seat_type": "voice", "purchased": 1, "active": 0, "waiting": 0}
    refused = members_invitations.NotReinvited(
        member_id=nia, code=RejectionCode.NO_SEAT_AVAILABLE, figures=read_rejection("no_seat_available", figures)
    )
    await answer(front, command, members_invitations.Reinvited(done=(omar,), rejected=(refused,)))
    response = await asking
    await person.open(response.headers["Location"])
    assert "1 of 2 re-invited" in person.page
    assert "A fresh email is on its way to Omar Haddad." in person.page
    assert "<strong><bdi>Nia Novak</bdi></strong>:" in person.page
    await front.handle(events.RoleChanged(member_id=zoe, before=Role.CLINICIAN, role=Role.ADMIN))
    other = Visitor(await front.sign_in("zoe@harbor.example"))
    await other.open(response.headers["Location"])
    assert "1 of 2 re-invited" not in other.page, "another admin's results are not shown"


async def test_an_action_on_nobody_is_rejected_with_the_reason(front: GatewayHarness) -> None:
    browser, *_ = await two(front)
    person = Visitor(browser)
    await person.open(MEMBERS)
    nobody = person.fields(f"{MEMBERS}/select")
    person.at = await browser.post(f"{MEMBERS}/select", data=nobody | {"action": "remove"}, headers=HTML)
    assert (person.at.status_code, "Nobody is selected" in person.page) == (422, True)
    unknown = await browser.post(f"{MEMBERS}/select", data=nobody | {"action": "promote"}, headers=HTML)
    assert unknown.status_code == 422


async def test_the_page_shows_the_result_of_each_removal_and_who_is_still_to_come(front: GatewayHarness) -> None:
    browser, noor, zoe = await two(front)
    person = Visitor(browser)
    await person.open(MEMBERS)
    ids = [str(noor), str(zoe)]
    sent = person.fields(f"{MEMBERS}/select") | {"action": "remove", "key": "k"}
    asking = asyncio.ensure_future(browser.post(f"{MEMBERS}/change", data={**sent, "ids": ids}, headers=HTML))
    first, second = await front.published(Remove), await front.published(Remove)
    await answer(front, first, events.Removed(member_id=noor, before=MemberStatus.ACTIVE))
    await answer(front, second, no(second, RejectionCode.LAST_ADMIN))
    response = await asking
    await person.open(response.headers["Location"])
    assert "1 of 2 removed" in person.page
    assert "<strong><bdi>Zoe Last</bdi></strong>: " in person.page
    await person.open(f"{MEMBERS}?did=remove&run=k&of=nonsense")
    assert "removed</strong>" not in person.page
