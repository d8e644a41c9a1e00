"""Seat types, the auto-join domain, and the operator's new admin, at the gateway."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import members as events
from contracts import members_agencies, members_invitations
from contracts.members import MembersCommandRejected
from contracts.members_agencies import AddAdmin, SetDomain
from contracts.message import read_rejection
from contracts.seats import SeatsCommandRejected, SeatSwapped, Swap
from contracts.vocabulary import OPERATOR as BY_OPERATOR
from contracts.vocabulary import MemberStatus, RejectionCode, Role, SeatType
from tests.services.gateway.test_admin import OPERATORS
from tests.support.bus import PublishedMessage
from tests.support.gateway_harness import GOOD_FOR, GatewayHarness


async def opened(front: GatewayHarness) -> tuple[httpx.AsyncClient, UUID]:
    """The browser of an admin, and Noor, who is Active in a Voice seat."""
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    return await front.sign_in(), noor


async def test_after_the_response_to_a_swap_every_session_sees_the_new_plan_type(front: GatewayHarness) -> None:
    admin, noor = await opened(front)
    hers = await front.sign_in("noor@harbor.example")
    headers = {"Idempotency-Key": "swap"}

    async def swap() -> httpx.Response:
        return await admin.patch(f"/api/v1/members/{noor}", json={"seatType": "base"}, headers=headers)

    task = asyncio.ensure_future(swap())
    command = await front.published(Swap)
    assert (command.data.member_id, command.data.seat_type) == (noor, SeatType.BASE)
    swapped = SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE)
    await front.handle(swapped, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["planType"], response.json()["seatType"]) == (200, "base", "base")
    me = (await hers.get("/api/v1/me")).json()["member"]
    assert (me["planType"], me["seatType"], me["status"]) == ("base", "base", "active")
    seats = (await admin.get("/api/v1/seats")).json()
    assert (seats["base"]["active"], seats["voice"]["active"]) == (2, 0)
    operation = (await admin.get(f"/api/v1/operations/{command.envelope.id}")).json()
    assert operation["result"] == response.json()
    back = SeatSwapped(member_id=noor, before=SeatType.BASE, seat_type=SeatType.VOICE)
    await front.handle(back)
    assert (await swap()).content == response.content, "the same key gets the same response, whatever happened since"


async def test_a_swap_that_arrives_before_the_activation_is_shown_after_it(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.handle(SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE))
    await front.activate(noor)
    await front.handle(events.PlanTypeChanged(member_id=noor, before=SeatType.VOICE, plan_type=SeatType.BASE))
    admin = await front.sign_in()
    found = (await admin.get("/api/v1/members?q=noor")).json()["items"][0]
    assert (found["status"], found["planType"], found["seatType"]) == ("active", "base", "base")
    seats = (await admin.get("/api/v1/seats")).json()
    assert (seats["base"]["active"], seats["voice"]["active"]) == (2, 0)


async def test_a_swap_of_a_member_who_is_no_longer_active_changes_nothing(front: GatewayHarness) -> None:
    _, noor = await opened(front)
    sender, agency = front.service.sender, front.agency_id
    swapped = SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE)
    gone = events.Removed(member_id=noor, before=MemberStatus.ACTIVE)
    await front.service.handle_records([sender.record(gone, agency), sender.record(swapped, agency)])
    await front.handle(swapped)
    row = await front.service.pool.fetchrow("SELECT plan_type, seat_type FROM members WHERE member_id = $1", noor)
    assert row is not None
    assert tuple(row.values()) == (None, "voice")


async def test_a_swap_that_a_removal_overtook_at_members_leaves_the_type_that_members_keeps(
    front: GatewayHarness,
) -> None:
    _, noor = await opened(front)
    await front.handle(SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE))
    await front.handle(events.Removed(member_id=noor, before=MemberStatus.ACTIVE, plan_type=SeatType.VOICE))
    row = await front.service.pool.fetchrow("SELECT plan_type, seat_type FROM members WHERE member_id = $1", noor)
    assert row is not None
    assert tuple(row.values()) == (None, "voice")


async def test_a_swap_in_the_batch_of_the_activation_is_the_seat_that_is_held(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    sender, agency = front.service.sender, front.agency_id
    active = events.Activated(member_id=noor, seat_type=SeatType.VOICE, role=Role.CLINICIAN)
    swapped = SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE)
    await front.service.handle_records([sender.record(active, agency), sender.record(swapped, agency)])
    row = await front.service.pool.fetchrow("SELECT plan_type, seat_type FROM members WHERE member_id = $1", noor)
    assert row is not None
    assert tuple(row.values()) == ("base", "base")


def no(command: PublishedMessage, code: RejectionCode, **figures: int | str | None) -> SeatsCommandRejected:
    return SeatsCommandRejected(
        command_id=str(command.envelope.id), command_type=command.type, code=code, figures=read_rejection(code, figures)
    )


async def test_a_swap_to_a_full_type_is_rejected_with_figures(front: GatewayHarness) -> None:
    admin, noor = await opened(front)
    task = asyncio.ensure_future(admin.patch(f"/api/v1/members/{noor}", json={"seatType": "base"}))
    command = await front.published(Swap)
    full = no(command, RejectionCode.NO_SEAT_AVAILABLE, seat_type="base", purchased=3, active=3, waiting=0)
    await front.handle(full, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["code"], response.json()["purchased"]) == (
        409,
        "no_seat_available",
        3,
    )
    assert response.json()["detail"].startswith("All 3 Base seats are taken.")
    assert (await admin.get("/api/v1/seats")).json()["voice"]["active"] == 1


async def test_a_swap_that_a_removal_overtakes_says_so_and_a_strangers_member_is_unknown(
    front: GatewayHarness,
) -> None:
    admin, bea = await opened(front)
    task = asyncio.ensure_future(admin.patch(f"/api/v1/members/{bea}", json={"seatType": "base"}))
    command = await front.published(Swap)
    await front.handle(no(command, RejectionCode.WRONG_STATUS), command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["code"]) == (409, "wrong_status")
    await front.agency(agency=uuid4(), domain="other.example")
    stranger = await front.sign_in("ada@other.example")
    for browser, member_id in ((stranger, bea), (admin, uuid4())):
        unknown = await browser.patch(f"/api/v1/members/{member_id}", json={"seatType": "base"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_member")
    assert Swap.type not in {message.type for message in await front.service.published()}


@pytest.mark.parametrize(
    "body", [{}, {"role": "admin", "seatType": "base"}, {"role": "admin", "name": "Noor"}, {"role": None}]
)
async def test_a_request_changes_the_role_or_the_details_of_a_member(
    front: GatewayHarness, body: dict[str, str | None]
) -> None:
    admin, noor = await opened(front)
    response = await admin.patch(f"/api/v1/members/{noor}", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert response.json()["errors"] == {"body": "give either the role, or any of name, seatType and email"}


async def test_sign_ups_use_the_new_auto_join_domain_from_its_response_on(front: GatewayHarness) -> None:
    admin, _ = await opened(front)
    asking = admin.put("/api/v1/settings/domain", json={"domain": "Bay.example"})
    changed = await front.answered(
        asking,
        SetDomain,
        lambda command: members_agencies.DomainChanged(before="harbor.example", domain=command.domain),
    )
    assert (changed.status_code, changed.json()) == (200, {"domain": "bay.example"})
    old = await front.browser().post(
        "/api/v1/signups", json={"email": "x@harbor.example", "name": "X", "seatType": "base"}
    )
    assert (old.status_code, old.json()["code"]) == (422, "domain_not_auto_join")
    joining = front.browser().post("/api/v1/signups", json={"email": "x@bay.example", "name": "X", "seatType": "base"})
    joined = await front.answered(
        joining,
        events.SignUp,
        lambda command: events.SignedUp(member_id=uuid4(), **command.model_dump()),
    )
    assert joined.status_code == 201
    assert await front.sign_in("noor@harbor.example"), "who is there on the old one goes on"


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        (RejectionCode.DOMAIN_TAKEN, 409, "Another agency uses bay.example"),
        (RejectionCode.PUBLIC_DOMAIN, 422, "Anyone can have an address on bay.example"),
        (RejectionCode.DOMAIN_NOT_PROVEN, 422, "Only an admin whose own address is on bay.example can set it."),
        (RejectionCode.BAA_UNSIGNED, 409, "Sign it under Settings"),
    ],
)
async def test_a_domain_that_cannot_be_set_is_rejected_with_a_sentence(
    front: GatewayHarness, code: RejectionCode, status: int, says: str
) -> None:
    admin, _ = await opened(front)
    task = asyncio.ensure_future(admin.put("/api/v1/settings/domain", json={"domain": "bay.example"}))
    command = await front.published(SetDomain)
    refused = MembersCommandRejected(
        command_id=str(command.envelope.id),
        command_type=command.type,
        code=code,
        figures=read_rejection(code, {"domain": "bay.example"}),
    )
    await front.handle(refused, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["code"]) == (status, code.value)
    assert says in response.json()["detail"]


async def test_the_domain_that_a_running_change_set_is_in_its_operation(front: GatewayHarness) -> None:
    admin, _ = await opened(front)
    front.http.gateway.operations.patience = 0
    started = await admin.put("/api/v1/settings/domain", json={"domain": "bay.example"})
    command = await front.published(SetDomain)
    await front.handle(
        members_agencies.DomainChanged(before="harbor.example", domain="bay.example"), command=command.envelope.id
    )
    operation = (await admin.get(started.headers["Location"])).json()
    assert (operation["state"], operation["result"]) == ("done", {"domain": "bay.example"})


@pytest.mark.parametrize("domain", ["", "nodot", "a@b.example", "a b.example", f"{'a' * 60}.{'b' * 60}." * 3 + "c"])
async def test_a_text_that_is_no_domain_is_rejected_with_the_sentence_of_the_form(
    front: GatewayHarness, domain: str
) -> None:
    admin, _ = await opened(front)
    response = await admin.put("/api/v1/settings/domain", json={"domain": domain})
    assert response.status_code == 422
    assert response.json()["errors"] == {"domain": "Write an email domain, like clinic.example."}


NEW_ADMIN = {"email": "eve@elsewhere.example", "name": "Eve Admin", "seatType": "base"}


async def test_only_the_operator_gives_an_agency_an_admin(front: GatewayHarness) -> None:
    admin, _ = await opened(front)
    for browser in (admin, front.browser()):
        response = await browser.post(f"/api/v1/agencies/{front.agency_id}/admins", json=NEW_ADMIN)
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
    unknown = await front.browser().post(f"/api/v1/agencies/{uuid4()}/admins", json=NEW_ADMIN, headers=OPERATORS)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert unknown.json()["detail"].startswith("There is no agency with this id.")
    assert AddAdmin.type not in {message.type for message in await front.service.published()}


async def test_the_operators_admin_is_invited_or_promoted_and_the_command_is_the_operators(
    front: GatewayHarness,
) -> None:
    _, noor = await opened(front)
    path, member_id = f"/api/v1/agencies/{front.agency_id}/admins", uuid4()

    async def ask(key: str) -> httpx.Response:
        return await front.browser().post(path, json=NEW_ADMIN, headers={**OPERATORS, "Idempotency-Key": key})

    task = asyncio.ensure_future(ask("new"))
    command = await front.published(AddAdmin)
    assert command.envelope.actor == BY_OPERATOR
    invited = members_invitations.Invited(
        **command.data.model_dump(), member_id=member_id, role=Role.ADMIN, expires_at=front.service.clock() + GOOD_FOR
    )
    await front.handle(invited, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["added"]) == (201, "invited")
    assert (response.json()["member"]["role"], response.json()["member"]["status"]) == ("admin", "invited")
    operation = await front.browser().get(f"/api/v1/operations/{command.envelope.id}", headers=OPERATORS)
    assert operation.json()["result"] == response.json()

    task = asyncio.ensure_future(ask("known"))
    command = await front.published(AddAdmin)
    promoted = events.RoleChanged(member_id=noor, before=Role.CLINICIAN, role=Role.ADMIN)
    await front.handle(promoted, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["added"], response.json()["member"]["id"]) == (
        201,
        "promoted",
        str(noor),
    )
    assert (await ask("known")).content == response.content
