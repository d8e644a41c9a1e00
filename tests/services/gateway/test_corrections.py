"""Admins correct names, seat types and addresses: the calls, the rows, and the pages."""

import asyncio
from uuid import UUID, uuid4

import pytest

from contracts import members as events
from contracts import members_agencies, members_invitations
from contracts.members import CorrectDetails, Details, DetailsChanged
from contracts.members_invitations import Reinvite
from contracts.message import read_rejection
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, Role, SeatType
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Visitor

NOOR = Details(email="noor@harbor.example", name="Noor Haddad", seat_type=SeatType.VOICE)
LIST = "/admin/agency/members"


def corrected(command: CorrectDetails, before: Details = NOOR) -> DetailsChanged:
    """The event with which members accepts a correction."""
    return DetailsChanged(
        member_id=command.member_id,
        email=before.email if command.address is None else command.address.email,
        name=command.name or before.name,
        seat_type=command.seat_type or before.seat_type,
        before=before,
    )


@pytest.mark.parametrize("status", [MemberStatus.PENDING_LOGIN, MemberStatus.INVITED, MemberStatus.BLOCKED])
async def test_a_correction_is_one_command_and_the_row_shows_it_with_its_status_kept(
    front: GatewayHarness, status: MemberStatus
) -> None:
    await front.agency()
    noor = await front.signed_up()
    if status is MemberStatus.BLOCKED:
        reason = BlockedReason.NO_SEAT_AVAILABLE
        await front.handle(events.Blocked(member_id=noor, seat_type=SeatType.VOICE, reason=reason))
    elif status is MemberStatus.INVITED:
        invited = members_invitations.Invited(
            member_id=noor, invitation_id=uuid4(), **NOOR.model_dump(), role=Role.CLINICIAN, sealed="sealed",
            expires_at=front.service.clock(), before=MemberStatus.PENDING_LOGIN,
        )  # fmt: skip
        await front.handle(invited)
    admin = await front.sign_in()
    asking = asyncio.ensure_future(
        admin.patch(f"/api/v1/members/{noor}", json={"name": "Noor H. Haddad", "seatType": "base"})
    )
    command = await front.published(CorrectDetails)
    operation_id, actor = command.envelope.id, command.envelope.actor
    await front.service.handle(corrected(command.data), front.agency_id, correlation_id=operation_id, actor=actor)
    answer = await asking
    assert (answer.status_code, answer.json()["name"], answer.json()["seatType"]) == (200, "Noor H. Haddad", "base")
    assert answer.json()["planType"] is None
    [row] = (await admin.get("/api/v1/members?q=noor")).json()["items"]
    assert (row["name"], row["seatType"], row["status"]) == ("Noor H. Haddad", "base", status)
    log = (await admin.get("/api/v1/activity?kind=member")).json()["items"][0]
    assert log["sentence"].startswith("Ada Admin corrected the name from Noor Haddad to Noor H. Haddad, seat type")
    assert (log["before"]["seatType"], log["after"]["seatType"]) == ("voice", "base")
    operation = await admin.get(f"/api/v1/operations/{operation_id}")
    assert operation.json()["result"] == answer.json()


async def test_a_new_address_is_sent_in_its_stored_form_with_a_fresh_link(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    ida, old = await front.invite(admin)
    before = Details(email="ida@elsewhere.example", name="Ida Invited", seat_type=SeatType.VOICE)
    asking = admin.patch(f"/api/v1/members/{ida}", json={"email": "Ida.I@Elsewhere.EXAMPLE"})
    links: list[str] = []

    def accepted(command: CorrectDetails) -> DetailsChanged:
        assert command.address is not None
        assert command.address.email == "ida.i@elsewhere.example"
        links.append(front.link_of(command.address.sealed))
        return corrected(command, before)

    assert (await front.answered(asking, CorrectDetails, accepted)).status_code == 200
    assert links != [old]


async def test_an_active_members_name_is_corrected_and_the_seat_stays(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    admin = await front.sign_in()
    asking = admin.patch(f"/api/v1/members/{noor}", json={"name": "Noor H. Haddad"})
    answer = await front.answered(asking, CorrectDetails, corrected)
    assert (answer.json()["name"], answer.json()["planType"]) == ("Noor H. Haddad", "voice")


@pytest.mark.parametrize(
    ("code", "figures", "says"),
    [
        (RejectionCode.WRONG_STATUS, {"status": "blocked", "requested": "email"}, "has signed in with this address"),
        (RejectionCode.WRONG_STATUS, {"status": "active", "requested": "seat_type"}, "change the type of their seat"),
        (RejectionCode.ALREADY_MEMBER, {"status": "active", "member_id": str(UUID(int=7))}, "is Active already"),
    ],
)
async def test_a_rejected_correction_says_why_and_the_form_keeps_what_was_typed(
    front: GatewayHarness, code: RejectionCode, figures: dict[str, str], says: str
) -> None:
    await front.agency()
    noor = await front.signed_up()
    admin, form = Visitor(await front.sign_in()), f"{LIST}/{noor}/edit"
    await admin.open(form)
    fields = admin.fields(form) | {"name": "Noor H.", "email": "noor.h@harbor.example", "seat_type": "voice"}
    asking = asyncio.ensure_future(admin.browser.post(form, data=fields, headers=HTML))
    command = await front.published(CorrectDetails)
    rejected = events.MembersCommandRejected(
        command_id=str(command.envelope.id), command_type=command.type, code=code, figures=read_rejection(code, figures)
    )
    await front.handle(rejected, command=command.envelope.id)
    answer = await asking
    assert answer.status_code == 409
    assert says in answer.text
    assert 'value="Noor H."' in answer.text


async def test_the_dialog_offers_what_can_be_corrected_and_sends_only_what_changed(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    admin, form = Visitor(await front.sign_in()), f"{LIST}/{noor}/edit"
    await front.handle(
        members_agencies.BaaSigned(
            signer_id=front.admin_id,
            signer_name="Ada",
            signer_title="Owner",
            version="1",
            signed_at=front.service.clock(),
        )
    )
    await admin.open(LIST)
    assert form in admin.page
    await admin.open(form)
    assert {"name", "email"} <= admin.fields(form).keys()
    assert 'name="seat_type"' in admin.page
    asking = admin.browser.post(form, data=admin.fields(form) | {"seat_type": "base"}, headers=HTML)

    def only_the_seat(command: CorrectDetails) -> DetailsChanged:
        assert (command.name, command.seat_type, command.address) == (None, SeatType.BASE, None)
        return corrected(command)

    answer = await front.answered(asking, CorrectDetails, only_the_seat)
    assert answer.status_code == 303
    await admin.open(answer.headers["Location"])
    assert "Noor Haddad is saved." in admin.page
    await front.activate(noor)
    await admin.open(form)
    assert "email" not in admin.fields(form)
    assert 'name="seat_type"' not in admin.page
    unchanged = await admin.press(form)
    assert unchanged.status_code == 303, "nothing is sent"


async def test_a_reinvite_sends_seat_type_role_and_name(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    ida, _ = await front.invite(admin)
    body = {"seatType": "base", "role": "admin", "name": "Ida Novak"}
    asking = admin.post(f"/api/v1/members/{ida}/reinvite", json=body)

    def again(command: Reinvite) -> members_invitations.Reinvited:
        assert (command.seat_type, command.role, command.name) == (SeatType.BASE, Role.ADMIN, "Ida Novak")
        return members_invitations.Reinvited(done=(ida,))

    answer = await front.answered(asking, Reinvite, again)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in body} == body
